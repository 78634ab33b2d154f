/**
 * What a user writes, as a type derived from a schema. The static type of a schema is the type *after* reading, when
 * durations are numbers and defaults are filled in; before it, durations are text and what has a default may be left
 * out. Both differences are marked on schemas in types alone. It knows the shapes of schemas, and none of ours.
 */
import type { Static, TArray, TObject, TOptional, TSchema, TTuple, TUnion } from 'typebox';

/** Mark of a schema whose values are written otherwise than they are read: a duration as text, say. */
export interface Written<Value> {
  readonly '~written': Value;
}

/** Mark of a schema with a default: its key may be left out. */
export interface Defaulted {
  readonly '~defaulted': true;
}

/** A schema with the mark that its notes call for. */
export type Noted<Schema, Notes> = Notes extends { readonly default: unknown } ? Schema & Defaulted : Schema;

/** What a user writes where a schema is read. */
export type WrittenOf<Schema> =
  Schema extends Written<infer Value>
    ? Value
    : Schema extends TObject<infer Properties>
      ? WrittenFields<Properties>
      : Schema extends TArray<infer Item>
        ? readonly WrittenOf<Item>[]
        : Schema extends TTuple<infer Items extends TSchema[]>
          ? { readonly [Index in keyof Items]: WrittenOf<Items[Index]> }
          : Schema extends TUnion<infer Options extends TSchema[]>
            ? WrittenOf<Options[number]>
            : Schema extends TSchema
              ? Static<Schema>
              : never;

type Needed<Properties> = {
  [Key in keyof Properties]: Properties[Key] extends TOptional | Defaulted ? never : Key;
}[keyof Properties];

/** What a user writes for the keys of an object. */
export type WrittenFields<Properties> = {
  readonly [Key in Needed<Properties>]: WrittenOf<Properties[Key]>;
} & {
  readonly [Key in Exclude<keyof Properties, Needed<Properties>>]?: WrittenOf<Properties[Key]> | undefined;
};
