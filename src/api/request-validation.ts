/** Validates requests against the schemas of their operations; faults are reported as on the command line. */
import { Ajv } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { formatPath } from '../input/path.ts';
import { InputError } from '../errors.ts';
import { explain, type Origin } from '../input/explain.ts';

/** The name of each part of a request in messages. */
const PLACES: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

const OPTIONS = { allErrors: true, verbose: true, discriminator: true, useDefaults: true, strict: false };
/** Values in a body have types; everywhere else everything is text. */
const ofBodies = new Ajv(OPTIONS);
const ofTexts = new Ajv({ ...OPTIONS, coerceTypes: true });

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const validate = (httpPart === 'body' ? ofBodies : ofTexts).compile(schema);
  const place = PLACES[httpPart ?? ''] ?? 'request';
  return (data: unknown) => {
    if (validate(data)) return { value: data };
    return { error: new InputError(explain(validate.errors ?? [], originOf(data, place), {})) };
  };
};

function originOf(data: unknown, place: string): Origin {
  return {
    toData: () => data,
    fault: (path, message) => ({ place, path: formatPath(path), message }),
  };
}
