/**
 * Errors: three kinds, distinguished by who can fix them. Each carries a stable code and the exit code of the command
 * line. Nothing here knows what a scenario or a file is; places are given as text by the code that finds the fault.
 * What is quoted in a message comes from files of others: each line of a message stays one line, whatever breaks of
 * lines and control characters are in it.
 */
import { codeOf, type FaultKind } from './faults.ts';
import { visible } from './shown.ts';

/** One problem with the user's input: its place, what is wrong, and a remedy. */
export interface Fault {
  /** Where, for a person: `file:line`, `--set`, or empty when the input has no place. */
  readonly place: string;
  /** The path of the value within the input, such as `gateway.rateLimits[0].kind`. */
  readonly path: string;
  /** What is wrong, the offending value, and a remedy. */
  readonly message: string;
  /** What is wrong in general, which decides its code; `invalid-value` where it is left out. */
  readonly kind?: FaultKind;
  /** What there is to choose from, where that takes a line each. */
  readonly choices?: readonly string[];
}

/** The code of a fault, such as `FY-110`: see `docs/reference/errors.md`. */
export const codeOfFault = ({ kind = 'invalid-value' }: Fault): string => codeOf(kind);

/** A fault for a person: a line, and one for each choice below it. */
export const describeFault = (fault: Fault): string => describedWith(fault, '');

/** The same with the code of the fault at the end of its line. */
export const describeWithCode = (fault: Fault): string => describedWith(fault, `[${codeOfFault(fault)}]`);

function describedWith({ place, path, message, choices = [] }: Fault, end: string): string {
  const line = [place, path === '' ? '' : `${path}:`, message, end].filter((part) => part !== '').join(' ');
  return asLines([line, ...choices.map((choice) => `  ${choice}`)]);
}

/** Lines as one text in which they are the only lines. */
const asLines = (lines: string | readonly string[]): string => [lines].flat().map(visible).join('\n');

/** The most faults of one document that are reported at once. */
export const MOST_FAULTS = 100;

/** The faults of one document that are reported: the first ones, and a note if there are more. */
export const firstOf = (faults: readonly Fault[]): readonly Fault[] =>
  faults.length <= MOST_FAULTS
    ? faults
    : [
        ...faults.slice(0, MOST_FAULTS),
        {
          ...faults[MOST_FAULTS]!,
          path: '',
          message: `further errors omitted; fix these ${MOST_FAULTS} first`,
        },
      ];

/** The input is invalid; the user can fix it. Nothing was run. */
export class InputError extends Error {
  readonly code = 'input-invalid';
  readonly exitCode = 2;
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(describeFault).join('\n'));
    this.name = 'InputError';
    this.faults = faults;
  }
}

/** An invariant of the program broke: a defect of ours. The run ends and its numbers are not to be used. */
export class InvariantError extends Error {
  readonly code = 'invariant-broken';
  readonly exitCode = 3;
  readonly kind: FaultKind = 'invariant';

  /** @param lines what broke, in one line or several */
  constructor(lines: string | readonly string[]) {
    super(asLines(lines));
    this.name = 'InvariantError';
  }
}

/** The machine failed us (disk, network, memory); the same command may succeed later. */
export class EnvironmentError extends Error {
  readonly code = 'environment-failed';
  readonly exitCode = 4;
  readonly kind: FaultKind = 'environment';

  /** @param lines what failed, in one line or several */
  constructor(lines: string | readonly string[], options?: { cause?: unknown }) {
    super(asLines(lines), options);
    this.name = 'EnvironmentError';
  }
}

/** The code of an error, such as `FY-900`; `null` for one of the input, each fault of which has its own. */
export function codeOfError(error: unknown): string | null {
  if (error instanceof InputError) return null;
  return codeOf(error instanceof EnvironmentError ? error.kind : 'invariant');
}

/**
 * A value that its schema allows and its meaning forbids (quantiles that fall, a truncation that keeps nothing). The
 * path is relative to the parameters of the strategy that found it; the reader of the input turns it into a `Fault`.
 */
export class ParameterError extends Error {
  readonly path: string;
  readonly kind: FaultKind;

  constructor(path: string, message: string, kind: FaultKind = 'inconsistent') {
    super(message);
    this.name = 'ParameterError';
    this.path = path;
    this.kind = kind;
  }
}

/** Runs `build` for the parameters at `path` within other parameters, and prefixes that path to its errors. */
export function within<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const separator = error.path === '' || error.path.startsWith('[') ? '' : '.';
    throw new ParameterError(`${path}${separator}${error.path}`, error.message, error.kind);
  }
}
