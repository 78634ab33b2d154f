/** Schemas of problems, and of the answers of an operation: its own, and the problems it may answer with. */
import { Type } from 'typebox';
import { component } from './components.ts';

export const ProblemDocument = component(
  'Problem',
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; the same as on the command line.' }),
    detail: Type.String({ description: 'What is wrong, and a remedy.' }),
    faultCode: Type.Optional(
      Type.String({ description: 'The code of an error that is not one of the input, such as FY-900.' }),
    ),
    faults: Type.Optional(
      Type.Array(
        Type.Object({
          code: Type.String({ description: 'Stable, such as FY-110: docs/reference/errors.md has a list.' }),
          place: Type.String(),
          path: Type.String(),
          message: Type.String(),
        }),
        {
          description: 'One for each fault in the input.',
        },
      ),
    ),
  },
  { description: 'RFC 9457.' },
);

/** What problems mean, by status: first those that any operation may answer with, then those of some operations. */
const ANY_PROBLEM = {
  400: 'The request is wrong: each fault is named.',
  401: 'A token is needed, and none that holds came.',
  403: 'The token has no scope for it, or another origin asks.',
  408: 'The request did not come whole in time.',
  414: 'The path is too long to name anything.',
  417: 'More than 100-continue is expected.',
  429: 'Too much at once, or in a minute.',
  431: 'Path and headers are too long.',
  500: 'The server is wrong, or what it keeps is damaged: its log says more.',
  503: 'The server cannot answer now; the same request may succeed later.',
};

const SOME_PROBLEM = {
  404: 'There is no such thing.',
  409: 'It cannot be done as things are.',
  413: 'The body is too large.',
  415: 'The body is no JSON in UTF-8.',
  422: 'The Idempotency-Key was sent with another request; or the answer would be too long.',
};

type SomeProblem = keyof typeof SOME_PROBLEM;

/** Problems of operations that take a body, or may be sent one. */
export const SENT = [413, 415] as const;

const problemAnswers = (descriptions: object) =>
  Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      {
        description: String(description),
        content: { 'application/problem+json': { schema: ProblemDocument } },
      },
    ]),
  );

/**
 * The answers of an operation: its own on success, its own problems, and those any operation may have. The type covers
 * only the answers on success, because problems are thrown.
 */
export const answers = <T extends object>(own: T, ...problems: readonly SomeProblem[]): T => ({
  ...problemAnswers(ANY_PROBLEM),
  ...problemAnswers(Object.fromEntries(problems.map((status) => [status, SOME_PROBLEM[status]]))),
  ...own,
});
