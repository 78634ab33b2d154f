/**
 * Schema vocabulary: quantities with units, as they are written in a scenario file and as the program uses them. A
 * schema's static type is the type *after* reading: a duration is text in the file and seconds in the program. What a
 * user writes is marked on it where it differs (`written.ts`). The keywords of quantities (`duration`, `period`,
 * `runStart`, `windowStart`, `clockWindow`) are taught to the validator by `validator.ts`.
 */
import { Type, type TObject, type TSchema, type TUnsafe } from 'typebox';
import type { CalendarMonths, ClockWindow, RunStart, WindowStart } from '../units.ts';
import type { Defaulted, Noted, Written } from './written.ts';

export interface Notes {
  readonly description: string;
  readonly default?: unknown;
  /** Values as they are written, the first for documentation. */
  readonly examples?: readonly unknown[];
}

/** A schema with the mark that its notes call for; the marks are of types alone. */
export const noted = <Schema extends TSchema, N extends Notes>(schema: Schema, _notes: N): Noted<Schema, N> =>
  schema as Noted<Schema, N>;

/** Notes as plain keys of a schema. */
export const said = (notes: Notes): Readonly<Record<string, unknown>> => ({ ...notes });

/** A schema that states a default, with the mark that its key may be left out. */
export const defaulted = <Schema extends TSchema>(schema: Schema): Schema & Defaulted =>
  schema as Schema & Defaulted;

/** Text with a keyword that turns it into a value. */
const quantity = <Read, N extends Notes>(keyword: object, notes: N) =>
  noted(
    Type.Unsafe<Read>({ type: 'string', ...keyword, ...notes }) as TUnsafe<Read> & Written<string>,
    notes,
  );

/** A duration such as `250ms` or `24h`; zero allowed. Static type: seconds. */
export const Duration = <const N extends Notes>(notes: N) => quantity<number, N>({ duration: 'any' }, notes);

/** A duration longer than zero. Static type: seconds. */
export const PositiveDuration = <const N extends Notes>(notes: N) =>
  quantity<number, N>({ duration: 'positive' }, notes);

/** When a run starts: a time of the week such as `Tue 13:00`, or a date such as `2026-03-01 09:00`. */
export const RunStartTime = <const N extends Notes>(notes: N) =>
  quantity<RunStart, N>({ runStart: true }, notes);

/** A duration longer than zero, or months of the calendar such as `1month`. Static type: seconds, or the months. */
export const Period = <const N extends Notes>(notes: N) =>
  quantity<number | CalendarMonths, N>({ period: true }, notes);

/** When windows of the clock begin, such as `09:00`, `Sun 09:00` or `day 15 09:00`. */
export const WindowStartTime = <const N extends Notes>(notes: N) =>
  quantity<WindowStart, N>({ windowStart: true }, notes);

/** A weekly window such as `Mon-Fri 13:00-21:00`, or `22:00-06:00` into the next day. */
export const Window = <const N extends Notes>(notes: N) =>
  quantity<ClockWindow, N>({ clockWindow: true }, notes);

/** A number above zero. */
export const Positive = <const N extends Notes>(notes: N) =>
  noted(Type.Number({ exclusiveMinimum: 0, ...said(notes) }), notes);

/** A number of zero or more. */
export const NonNegative = <const N extends Notes>(notes: N) =>
  noted(Type.Number({ minimum: 0, ...said(notes) }), notes);

/** A whole number of one or more. */
export const Count = <const N extends Notes>(notes: N) =>
  noted(Type.Integer({ minimum: 1, ...said(notes) }), notes);

/** A whole number of zero or more. */
export const WholeNumber = <const N extends Notes>(notes: N) =>
  noted(Type.Integer({ minimum: 0, ...said(notes) }), notes);

/** A number above 0 and at most 1. */
export const Share = <const N extends Notes>(notes: N) =>
  noted(Type.Number({ exclusiveMinimum: 0, maximum: 1, ...said(notes) }), notes);

/** A number from 0 to 1. */
export const Probability = <const N extends Notes>(notes: N) =>
  noted(Type.Number({ minimum: 0, maximum: 1, ...said(notes) }), notes);

/** One of several words. */
export const OneOf = <const Words extends readonly string[], const N extends Notes>(words: Words, notes: N) =>
  noted(Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...notes }), notes);

/** Yes or no. */
export const Flag = <const N extends Notes>(notes: N) => noted(Type.Boolean({ ...said(notes) }), notes);

/** A list of items. */
export const List = <
  Item extends TSchema,
  const N extends Notes & { readonly minItems?: number; readonly maxItems?: number },
>(
  item: Item,
  notes: N,
) => noted(Type.Array(item, { ...said(notes) }), notes);

/** One of several words, each with a description for editors to show. */
export const OneOfThese = <Word extends string>(
  meanings: Readonly<Record<Word, string>>,
  notes: Notes,
): TUnsafe<Word> =>
  Type.Unsafe<Word>({
    type: 'string',
    enum: Object.keys(meanings),
    enumDescriptions: Object.values(meanings),
    ...notes,
  });

/** An object that takes the keys given and no others. */
export const Fields = <
  const P extends Record<string, TSchema>,
  const N extends Notes = { readonly description: string },
>(
  properties: P,
  notes?: N,
): Noted<TObject<P>, N> =>
  Type.Object(properties, { additionalProperties: false, ...notes }) as Noted<TObject<P>, N>;

type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords whose values are data, not schemas. */
const DATA = ['default', 'const', 'enum', 'examples', 'required'];
/** Keywords whose values are schemas by name. */
const BY_NAME = ['properties', 'patternProperties', '$defs'];

/**
 * A schema with each schema within it changed, innermost first.
 *
 * @param change what becomes of one schema; those within it are changed already
 */
export function mapSchema(schema: unknown, change: (schema: JsonSchema) => JsonSchema): unknown {
  const within = (inner: unknown) => mapSchema(inner, change);
  if (Array.isArray(schema)) return schema.map(within);
  if (schema === null || typeof schema !== 'object') return schema;
  const inner = Object.entries(schema).map(([key, value]: [string, unknown]) => {
    if (DATA.includes(key)) return [key, value];
    if (!BY_NAME.includes(key)) return [key, within(value)];
    const named = Object.entries(value as JsonSchema).map(([name, one]) => [name, within(one)]);
    return [key, Object.fromEntries(named)];
  });
  return change(Object.fromEntries(inner) as JsonSchema);
}

/**
 * A schema for authors: what has a default may be left out. The schemas of this program describe data after reading,
 * when it is present.
 */
export function withoutDefaulted(schema: JsonSchema): JsonSchema {
  const { properties, required } = schema as {
    readonly properties?: Readonly<Record<string, object>>;
    readonly required?: readonly string[];
  };
  if (properties === undefined || required === undefined) return schema;
  const needed = required.filter((name) => !('default' in (properties[name] ?? {})));
  const { required: _all, ...rest } = schema;
  return needed.length === 0 ? rest : { ...rest, required: needed };
}
