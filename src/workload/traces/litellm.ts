/**
 * The spend logs of a LiteLLM proxy (BerriAI/litellm, table LiteLLM_SpendLogs, 2026): a JSON list, that list under
 * `data` as /spend/logs/v2 answers, a single row, or a row a line. A request came at `startTime`, had its first token
 * at `completionStartTime` and its last at `endTime`; its tenant is its `api_key`. Rows that failed, that the proxy
 * answered from its own cache, and that have no output (embeddings) came to no engine that decodes, and are left out.
 */
import { shown } from '../../shown.ts';
import { jsonDocument, mappingOf, Numbers, type JsonMapping } from './json-document.ts';
import { eachJsonRecord } from './json-lines.ts';
import { wrongAt, type FoundRequests, type ServedLayout } from './served-requests.ts';
import { chunksOf, type Text } from './text.ts';
import { TimeStamps } from './time-stamps.ts';

export const litellm: ServedLayout = {
  summary:
    'Spend logs of LiteLLM as JSON; those that failed, had no output or were answered by its cache are left out.',
  read: readLitellm,
};

function readLitellm(text: Text, file: string, found: FoundRequests): void {
  const stamps = new TimeStamps();
  const numbers = new Numbers(file);
  const take = (row: JsonMapping, place: string) => takeRow(row, place, { stamps, numbers, file, found });
  const { line: first, whole } = firstLine(text);
  if (isDocument(first)) {
    const document = jsonDocument(whole, file);
    const mapping = mappingOf(document);
    const rows = Array.isArray(document) || mapping === null ? document : (mapping['data'] ?? [mapping]);
    if (!Array.isArray(rows)) throw wrongAt(file, 'data', 'is no list of spend logs');
    rows.forEach((row: unknown, index) => take(mappingOf(row) ?? {}, `[${index}]`));
    return;
  }
  eachJsonRecord(
    whole,
    file,
    '{"startTime": "2026-03-01T09:00:00Z", "endTime": "…", "prompt_tokens": 700, "completion_tokens": 50}',
    (row, _refuse, line) => take(row, `line ${line}`),
  );
}

/** A line that is longer is taken to go on [characters]: a row has some thousand. */
const LONGEST_ROW = 2 ** 22;

/** The first line that is not blank, and the text from its beginning. */
function firstLine(text: Text): { readonly line: string; readonly whole: Text } {
  const chunks = chunksOf(text)[Symbol.iterator]();
  let known = '';
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
    known += next.value;
    if (known.length > LONGEST_ROW || known.trimStart().includes('\n')) break;
  }
  return {
    line: known.trimStart().split('\n', 1)[0]!,
    whole: (function* () {
      yield known;
      for (let next = chunks.next(); next.done !== true; next = chunks.next()) yield next.value;
    })(),
  };
}

/** Whether a text that begins with a line is one JSON document, and not a row a line. */
function isDocument(line: string): boolean {
  if (line.startsWith('[')) return true;
  if (!line.startsWith('{')) return false;
  try {
    return Array.isArray((JSON.parse(line) as JsonMapping)['data']);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // A broken row is reported as a row.
    return !line.trimEnd().endsWith('}');
  }
}

interface Reading {
  readonly stamps: TimeStamps;
  readonly numbers: Numbers;
  readonly file: string;
  readonly found: FoundRequests;
}

function takeRow(row: JsonMapping, place: string, { stamps, numbers, file, found }: Reading): void {
  const metadata = mappingOf(row['metadata']) ?? {};
  const failed = row['status'] === 'failure' || metadata['status'] === 'failure';
  const cacheHit = String(row['cache_hit']).toLowerCase() === 'true';
  if (failed || cacheHit || row['completion_tokens'] === 0) return found.leftOut();
  const instant = (key: string) => {
    const at = typeof row[key] === 'string' ? stamps.sinceFirst(row[key]) : null;
    if (at !== null) return at;
    throw wrongAt(
      file,
      `${place}.${key}`,
      `is ${shown(row[key])}; expected a time such as 2026-03-01T09:00:00.250Z`,
    );
  };
  const usage = mappingOf(mappingOf(metadata['usage_object'])?.['prompt_tokens_details']) ?? {};
  const cached = usage['cached_tokens'];
  const streamed =
    typeof row['completionStartTime'] === 'string' && row['completionStartTime'] !== row['endTime'];
  const tenant = row['api_key'];
  found.served(
    {
      sentAt: instant('startTime'),
      promptTokens: numbers.count(row['prompt_tokens'], `${place}.prompt_tokens`),
      outputTokens: numbers.count(row['completion_tokens'], `${place}.completion_tokens`),
      ...(typeof cached === 'number' ? { cachedTokens: cached } : {}),
      ...(streamed ? { firstTokenAt: instant('completionStartTime'), lastTokenAt: instant('endTime') } : {}),
      ...(typeof tenant === 'string' && tenant !== '' ? { tenant } : {}),
    },
    place,
  );
}
