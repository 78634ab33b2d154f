/** Schemas of what may be chosen in a scenario. */
import { Type } from 'typebox';
import { component } from './components.ts';

export const Entry = component('Entry', {
  name: Type.String(),
  summary: Type.String(),
  example: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: true })),
  schema: Type.Optional(
    Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'JSON Schema of what it takes.',
    }),
  ),
  sources: Type.Optional(Type.Array(Type.String())),
});

export const Family = component('Family', {
  family: Type.String(),
  summary: Type.String(),
  entries: Type.Array(Entry),
});

export const Families = component('Families', { families: Type.Array(Family) });
