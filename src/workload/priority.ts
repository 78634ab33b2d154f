/** Priority classes, by tier or by recorded request. */
import { Type } from 'typebox';
import { noted, said, type Notes } from '../input/schema.ts';

/** The least important class; 0 is the most. */
export const LAST_PRIORITY = 99;

export const PriorityClass = <const N extends Notes>(notes: N) =>
  noted(Type.Integer({ minimum: 0, maximum: LAST_PRIORITY, ...said(notes) }), notes);
