/**
 * The text of a measured run: comma-separated, one request a line, with a header that says what the columns are. It
 * knows the names that engines, benchmarks and `fleetyield run --requests` give them; other columns are ignored.
 */
import { GrowingColumn } from '../kernel/growing-column.ts';
import { BENCHMARK_FORMATS } from '../workload/traces/index.ts';
import { eachRow, headerText, numberIn, wholeIn } from '../workload/traces/table.ts';
import { fault, type Text } from '../workload/traces/text.ts';
import type { PromptLine } from './measured-prompts.ts';
import { MeasuredRunBuilder, type MeasuredRequest, type MeasuredRun } from './measured-run.ts';

/** What is read: the names it may have, the first of which is proposed, and whether it may be absent. */
const COLUMNS = {
  arrivedAt: { names: ['arrival_s', 'arrived', 'arrival', 'at'], needed: true },
  promptTokens: { names: ['input_tokens', 'prompt_tokens', 'prompt'], needed: true },
  outputTokens: { names: ['output_tokens', 'completion_tokens', 'output'], needed: true },
  firstTokenAt: { names: ['first_token_s', 'firstToken', 'first_token'], needed: true },
  lastTokenAt: { names: ['last_token_s', 'finished', 'finished_s', 'last_token', 'finish_s'], needed: true },
  cachedTokens: { names: ['cached_tokens', 'cached'], needed: false },
  queuedAt: { names: ['queued_s', 'queued'], needed: false },
} as const;

type Column = keyof typeof COLUMNS;

const LEAST: Partial<Record<Column, number>> = { promptTokens: 1, outputTokens: 1, cachedTokens: 0 };

/**
 * The run that a text describes; `file` is its name in messages, `prompts` the prompts of its requests, line by line,
 * `null` where that is not known. Throws `InputError` with file, line and column.
 */
export function readMeasuredCsv(
  text: Text,
  file: string,
  prompts: readonly PromptLine[] | null = null,
): MeasuredRun {
  const lines = new GrowingColumn('Int32Array');
  const builder = new MeasuredRunBuilder((index) => `${file}:${lines.at(index)}`);
  eachRow(
    text,
    file,
    (header): string | RowReader => {
      const places = placesIn(header);
      return typeof places === 'string' ? places : readerOf(header, places);
    },
    (request, line) => {
      const prompt = prompts?.[lines.length];
      lines.push(line);
      builder.add(prompt === undefined ? request : withPrompt(request, prompt, file, line));
    },
    `what benchmarks write is read with --format ${BENCHMARK_FORMATS.join(', ')}`,
  );
  if (prompts !== null && prompts.length !== lines.length)
    throw fault(
      file,
      1,
      `holds ${lines.length} requests, but there are ${prompts.length} prompts; give one per request, in the same order`,
    );
  return builder.take();
}

/** The request with the blocks of the prompt on its line. */
function withPrompt(
  request: MeasuredRequest,
  { tokens, blockIds, place }: PromptLine,
  file: string,
  line: number,
): MeasuredRequest {
  if (tokens !== request.promptTokens)
    throw fault(
      file,
      line,
      `has ${request.promptTokens} prompt tokens, and its prompt at ${place} has ${tokens}; give both in the same order`,
    );
  return { ...request, blockIds };
}

type RowReader = (cells: readonly string[], refuse: (message: string) => never) => MeasuredRequest;
type Places = ReadonlyMap<Column, number>;

/** The position of each column, or what is wrong with the header. */
function placesIn(header: readonly string[]): Places | string {
  const lower = header.map((name) => name.toLowerCase());
  const places = new Map<Column, number>();
  const missing: string[] = [];
  for (const [column, { names, needed }] of Object.entries(COLUMNS) as [Column, (typeof COLUMNS)[Column]][]) {
    const found = header.flatMap((_, place) =>
      names.some((name) => name.toLowerCase() === lower[place]) ? [place] : [],
    );
    if (found.length > 1)
      return `${found.map((place) => header[place]!).join(' and ')} are the same thing; leave one of them out`;
    if (found.length === 1) places.set(column, found[0]!);
    else if (needed) missing.push(`${names[0]} (or ${names.slice(1).join(', ')})`);
  }
  return missing.length === 0
    ? places
    : `${headerText(header)} and lacks ${missing.join(', ')}; instants are in seconds`;
}

function readerOf(header: readonly string[], places: Places): RowReader {
  return (cells, refuse) => {
    const value = (column: Column) => {
      const place = places.get(column)!;
      const least = LEAST[column];
      const cell = cells[place]!;
      if (cell.trim() === '')
        return refuse(
          `${header[place]!} is empty; every request of the run needs it, unserved ones have no place here`,
        );
      return least === undefined
        ? numberIn(cell, header[place]!, 0, refuse)
        : wholeIn(cell, header[place]!, least, refuse);
    };
    const optional = (column: 'cachedTokens' | 'queuedAt') =>
      places.has(column) ? { [column]: value(column) } : {};
    return {
      arrivedAt: value('arrivedAt'),
      promptTokens: value('promptTokens'),
      outputTokens: value('outputTokens'),
      firstTokenAt: value('firstTokenAt'),
      lastTokenAt: value('lastTokenAt'),
      ...optional('cachedTokens'),
      ...optional('queuedAt'),
    };
  };
}
