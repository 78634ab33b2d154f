/**
 * Provenance: where each number of the catalogue comes from, when it was true and how far to trust it. A file states
 * the three once; a number that differs states its own. Nothing here knows what the numbers are for.
 */
import { Type, type TUnsafe } from 'typebox';
import { OneOf } from '../input/schema.ts';

/** How a number is known: published, worked out from published ones, or chosen. */
export const CONFIDENCES = ['reported', 'estimated', 'assumed'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** A number in a catalogue file: bare, or with the fields in which it differs from the file's defaults. */
export type WrittenQuantity =
  | number
  | {
      readonly value: number;
      readonly source?: string;
      readonly asOf?: string;
      readonly confidence?: Confidence;
      readonly note?: string;
    };

/** One number (or table of numbers) of a catalogue entry and where it comes from. */
export interface Provenance {
  /** The key in the file, such as `memoryBytes`. */
  readonly quantity: string;
  /** The number, or `null` for a table of numbers. */
  readonly value: number | null;
  readonly source: string;
  /** The day on which it was true, as `2025-10-31`. */
  readonly asOf: string;
  readonly confidence: Confidence;
  readonly note: string | null;
}

const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'The day on which the numbers were true; write year-month-day, such as 2025-10-31.',
});

const SourceText = Type.String({
  minLength: 1,
  description: 'Where the numbers come from: an address or a document.',
});

/** What every catalogue file says of itself. */
export const ENTRY_FIELDS = {
  name: Type.String({
    pattern: '^[a-z0-9][a-z0-9.-]*$',
    description: 'The name scenarios use; lower case letters, digits, points and hyphens.',
  }),
  summary: Type.String({ minLength: 1, description: 'One sentence for `fleetyield list`.' }),
  source: SourceText,
  asOf: Day,
  confidence: OneOf(CONFIDENCES, { description: 'How the numbers are known.' }),
};

/** The fields every entry has after reading. */
export interface EntryHead {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly asOf: string;
  readonly confidence: Confidence;
}

export interface QuantityNotes {
  readonly description: string;
  readonly integer?: true;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** A number that may carry its own source, date and confidence: `80e9` or `{ value: 80e9, confidence: assumed }`. */
export function Quantity({ integer, description, ...bounds }: QuantityNotes): TUnsafe<WrittenQuantity> {
  const type = integer === true ? 'integer' : 'number';
  return Type.Unsafe<WrittenQuantity>({
    type: [type, 'object'],
    description,
    ...bounds,
    required: ['value'],
    additionalProperties: false,
    properties: {
      value: { type, description, ...bounds },
      source: SourceText,
      asOf: Day,
      confidence: ENTRY_FIELDS.confidence,
      note: { type: 'string', minLength: 1 },
    },
  });
}

/** A number above zero, with its provenance. */
export const PositiveQuantity = (description: string): TUnsafe<WrittenQuantity> =>
  Quantity({ description, exclusiveMinimum: 0 });

/** A whole number of one or more, with its provenance. */
export const CountQuantity = (description: string): TUnsafe<WrittenQuantity> =>
  Quantity({ description, integer: true, minimum: 1 });

/** The number itself. */
export function valueOf(quantity: WrittenQuantity): number {
  return typeof quantity === 'number' ? quantity : quantity.value;
}

/** The number, or `null` where the file leaves it out. */
export function optionalValueOf(quantity: WrittenQuantity | undefined): number | null {
  return quantity === undefined ? null : valueOf(quantity);
}

/** Where each of an entry's numbers comes from: its own words, or else the file's. */
export function provenanceOf(
  head: EntryHead,
  quantities: Readonly<Record<string, WrittenQuantity | undefined>>,
): Provenance[] {
  return Object.entries(quantities)
    .filter((pair): pair is [string, WrittenQuantity] => pair[1] !== undefined)
    .map(([quantity, written]) => {
      const own = typeof written === 'number' ? null : written;
      return {
        quantity,
        value: valueOf(written),
        source: own?.source ?? head.source,
        asOf: own?.asOf ?? head.asOf,
        confidence: own?.confidence ?? head.confidence,
        note: own?.note ?? null,
      };
    });
}

/** The provenance of a table, which has that of its file. */
export function tableProvenance(head: EntryHead, table: string): Provenance {
  const { source, asOf, confidence } = head;
  return { quantity: table, value: null, source, asOf, confidence, note: null };
}
