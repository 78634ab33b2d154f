/**
 * Answers that are sent piece by piece: the first goes with the answer to the request, each other is asked for. Between
 * pieces no transaction on the store stays open.
 */
import { fitsInto, jsonPieces, LONGEST_DOCUMENT } from '../json-pieces.ts';
import { noBatch, Refusal } from '../problems.ts';
import { answering, connection } from './connection.ts';

/** A piece of an answer, and whether more follow. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly more: boolean;
}

/** The first piece of an answer, and the number by which the others are requested. */
export interface BegunAnswer extends Piece {
  readonly number: number;
}

/** An answer of which no piece was requested for this long is forgotten [ms]: so slow a client counts as gone. */
const FORGOTTEN = 600_000;

interface OpenAnswer {
  /** The batches it is made from. */
  readonly batches: readonly string[];
  readonly pieces: Generator<Uint8Array>;
  /** Made ahead, so that the last piece is known to be the last; `null` after it. */
  next: Uint8Array | null;
  askedAt: number;
}

/** Unfinished answers, by their number. */
const open = new Map<number, OpenAnswer>();
let newest = 0;

const nextOf = (pieces: Generator<Uint8Array>): Uint8Array | null => {
  const { done, value } = pieces.next();
  return done === true ? null : value;
};

/**
 * Begins an answer.
 *
 * @param batches those that it is made from
 */
export function begun(batches: readonly string[], pieces: Generator<Uint8Array>): BegunAnswer {
  const bytes = nextOf(pieces) ?? new Uint8Array(0);
  const next = nextOf(pieces);
  const askedAt = performance.now();
  for (const [number, one] of open) if (askedAt - one.askedAt > FORGOTTEN) forget(number);
  newest += 1;
  if (next !== null) open.set(newest, { batches, pieces, next, askedAt });
  return { number: newest, bytes, more: next !== null };
}

/**
 * Begins an answer that is a single document. One that is too long is refused before any of it is sent.
 *
 * @param remedy how to request less
 */
export function begunDocument(batches: readonly string[], document: object, remedy: string): BegunAnswer {
  const fields = document as Readonly<Record<string, unknown>>;
  if (!fitsInto(fields, LONGEST_DOCUMENT)) {
    throw new Refusal(
      422,
      'answer-too-long',
      `the answer would have more than ${LONGEST_DOCUMENT / 2 ** 20} MiB; ${remedy}`,
    );
  }
  return begun(batches, jsonPieces(fields));
}

/** The next piece of an answer. Between pieces no transaction on the store stays open. */
export const nextPiece = answering((number: number): Piece => {
  const answer = open.get(number);
  if (answer === undefined)
    throw new Refusal(503, 'download-lost', 'the thread that made this answer was ended; ask for it again');
  const bytes = answer.next!;
  answer.askedAt = performance.now();
  answer.next = nextOf(answer.pieces);
  // The data of a batch deleted meanwhile would end early, and look complete.
  for (const batch of answer.batches) if (connection().toRead.summary(batch) === null) throw noBatch(batch);
  if (answer.next === null) open.delete(number);
  return { bytes, more: answer.next !== null };
});

/** Forgets an answer that is no longer read. */
export const endAnswer = answering((number: number): null => {
  forget(number);
  return null;
});

function forget(number: number): void {
  open.get(number)?.pieces.return(undefined);
  open.delete(number);
}
