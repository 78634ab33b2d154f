/**
 * What stands between a plugin and the simulation: each call of what a plugin made is checked, so that an exception, a
 * promise or a value that is none of those expected ends the run with the name of the plugin and of the call. Shipped
 * strategies are not called through it.
 */
import { InputError, ParameterError } from '../errors.ts';

/** What a call must return, or a property must be. */
export interface Expected {
  /** As part of a sentence: `a finite number`. */
  readonly what: string;
  holds(value: unknown): boolean;
}

/** The members of what a plugin makes, and what each must give. */
export type Contract = Readonly<Record<string, Member>>;

export type Member =
  | { readonly kind: 'method'; readonly gives: Expected }
  /** A method that makes something with a contract of its own. */
  | { readonly kind: 'maker'; readonly makes: Contract }
  | { readonly kind: 'property'; readonly gives: Expected }
  /** A property that is `null` or has a contract of its own. */
  | { readonly kind: 'part'; readonly is: Contract };

/** Where a plugin's code is called: its file, and the strategy or metric that it is of. */
export interface CalledAt {
  readonly file: string;
  /** `discipline longest-prompt-first`. */
  readonly name: string;
}

/** The error for what a plugin did in a call. */
const misbehaved = ({ file, name }: CalledAt, call: string, did: string): InputError =>
  new InputError([{ kind: 'plugin-call', place: file, path: '', message: `${name}: ${call} ${did}` }]);

/** A value as messages show it. */
function shownValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** The result of a call of a plugin's code. Throws `InputError` where it throws, returns a promise or what is not expected. */
export function checkedCall<T>(at: CalledAt, call: string, expected: Expected, work: () => T): T {
  let value: T;
  try {
    value = work();
  } catch (error) {
    // A fault that was found further in names its own call; a parameter is refused at its place in the scenario.
    if (error instanceof InputError || error instanceof ParameterError) throw error;
    throw misbehaved(at, call, `threw ${thrownText(error)}`);
  }
  if (isThenable(value)) throw misbehaved(at, call, 'returned a promise; it must return its result at once');
  if (!expected.holds(value))
    throw misbehaved(at, call, `returned ${shownValue(value)}; it must return ${expected.what}`);
  return value;
}

const thrownText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : shownValue(error);

/** What a plugin made, behind checks of all that its contract names. Nothing else of it can be reached. */
export function guarded(at: CalledAt, made: object, contract: Contract, prefix = ''): object {
  const own = made as Readonly<Record<string, unknown>>;
  const behind = {};
  for (const [name, member] of Object.entries(contract)) {
    const call = `${prefix}${name}`;
    if (member.kind === 'property' || member.kind === 'part') {
      if (member.kind === 'property' && !(name in own) && member.gives.holds(undefined)) continue;
      const get =
        member.kind === 'property'
          ? () => checkedCall(at, call, member.gives, () => own[name])
          : partOf(at, own[name], member.is, call);
      Object.defineProperty(behind, name, { enumerable: true, get });
      continue;
    }
    if (typeof own[name] !== 'function')
      throw misbehaved(at, 'create()', `returned an object without the method ${call}()`);
    const method = own[name] as (...given: readonly unknown[]) => unknown;
    const value =
      member.kind === 'method'
        ? (...given: readonly unknown[]) =>
            checkedCall(at, `${call}()`, member.gives, () => method.apply(made, [...given]))
        : (...given: readonly unknown[]) =>
            guarded(
              at,
              checkedCall(at, `${call}()`, OBJECT, () => method.apply(made, [...given])) as object,
              member.makes,
              `${call}().`,
            );
    Object.defineProperty(behind, name, { enumerable: true, value });
  }
  return behind;
}

function partOf(at: CalledAt, part: unknown, contract: Contract, call: string): () => object | null {
  if (part === null || part === undefined) return () => null;
  if (typeof part !== 'object')
    throw misbehaved(at, call, `is ${shownValue(part)}; it must be an object or null`);
  const behind = guarded(at, part, contract, `${call}.`);
  return () => behind;
}

export const OBJECT: Expected = {
  what: 'an object',
  holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
export const NOTHING: Expected = { what: 'nothing', holds: () => true };
export const FINITE: Expected = { what: 'a finite number', holds: Number.isFinite };
export const NOT_NEGATIVE: Expected = {
  what: 'a finite number of zero or more',
  holds: (value) => Number.isFinite(value) && (value as number) >= 0,
};
export const NUMBER: Expected = {
  what: 'a number, or Infinity',
  holds: (value) => typeof value === 'number' && !Number.isNaN(value),
};
export const WAIT: Expected = {
  what: 'a number of zero or more, Infinity, or NaN where it is not known',
  holds: (value) => typeof value === 'number' && !(value < 0),
};
export const COUNT: Expected = {
  what: 'a whole number of zero or more',
  holds: (value) => Number.isInteger(value) && (value as number) >= 0,
};
export const ROW: Expected = {
  what: 'a row of a request, or NO_ROW',
  holds: (value) => Number.isInteger(value) && (value as number) >= -1,
};
export const BOOLEAN: Expected = { what: 'true or false', holds: (value) => typeof value === 'boolean' };
