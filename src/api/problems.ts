/**
 * Errors as problem documents (RFC 9457), with the codes and the text of the command line. They reveal nothing about
 * the machine: details of internal errors go to the log, under the reference given in the answer.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { codeOfError, codeOfFault, InputError, InvariantError, type Fault } from '../errors.ts';
import {
  BatchGone,
  BatchHeld,
  DamagedRecord,
  SamplesPruned,
  StoreUnavailable,
} from '../store/store-errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The code of an error that is not one of the input, such as `FY-900`. */
  readonly faultCode?: string;
  /** Each fault of the input, with its code. */
  readonly faults?: readonly FaultOfProblem[];
}

/** A fault as it is sent. */
type FaultOfProblem = Pick<Fault, 'place' | 'path' | 'message' | 'choices'> & { readonly code: string };

const sent = ({ kind: _kind, ...fault }: Fault, code: string): FaultOfProblem => ({ ...fault, code });

/** A request refused for reasons of HTTP or because of the state of the server. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }
}

export const notFound = (what: string): Refusal => new Refusal(404, 'not-found', what);

export const noBatch = (id: string): Refusal => notFound(`there is no batch ${id}`);

const UNAVAILABLE = {
  busy: 'another process holds the store; ask again a little later',
  full: 'the disk of the store has no room, or refuses to be written; ask again later',
} as const;

/** The problem for an error, and the text for the log; `null` if there is none. */
export function problemOf(error: unknown): Answer {
  if (error instanceof Refusal) return answered(error.status, error.code, error.message);
  const { problem, log } = answerTo(error);
  const faultCode = codeOfError(error);
  return { problem: faultCode === null ? problem : { ...problem, faultCode }, log };
}

interface Answer {
  readonly problem: Problem;
  readonly log: string | null;
}

function answerTo(error: unknown): Answer {
  if (error instanceof BatchHeld) return answered(409, 'batch-active', error.message);
  if (error instanceof SamplesPruned) return answered(409, 'samples-pruned', error.message);
  if (error instanceof InputError) return answered(400, error.code, error.message, error.faults);
  if (error instanceof BatchGone)
    return answered(404, 'not-found', 'the batch was deleted or restarted in the meantime');
  const reference = randomUUID();
  const log = `${reference} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  if (error instanceof InvariantError) return { ...answered(500, error.code, error.message), log };
  if (error instanceof StoreUnavailable)
    return { ...answered(503, `store-${error.reason}`, UNAVAILABLE[error.reason]), log };
  if (error instanceof DamagedRecord)
    return {
      ...answered(
        500,
        'store-damaged',
        `what is asked for is damaged in the store; its log says what under ${reference}, and the same batch, submitted again, is computed anew where it is damaged`,
      ),
      log,
    };
  const { code } = error as { readonly code?: unknown };
  return code === 'environment-failed'
    ? {
        ...answered(
          503,
          code,
          `the machine failed; its log says more under ${reference}, and the same request may succeed later`,
        ),
        log,
      }
    : {
        ...answered(
          500,
          'defect',
          `internal error, a bug in fleetyield; its log says more under ${reference}`,
        ),
        log,
      };
}

/** A problem document. */
export function problem(status: number, code: string, detail: string, faults?: readonly Fault[]): Problem {
  return {
    type: `urn:fleetyield:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Refused',
    status,
    code,
    detail,
    ...(faults === undefined ? {} : { faults: faults.map((fault) => sent(fault, codeOfFault(fault))) }),
  };
}

const answered = (status: number, code: string, detail: string, faults?: readonly Fault[]) => ({
  problem: problem(status, code, detail, faults),
  log: null,
});
