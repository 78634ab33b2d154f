/** `list`: the available strategies, presets and metrics. */
import { InputError } from '../../errors.ts';
import { alternatives } from '../../input/suggest.ts';
import { bold, dim } from '../shared/format.ts';
import { listingsWith } from '../../files/listings.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import { printJson } from '../shared/terminal.ts';
import type { ListOptions } from './command.ts';

/** Throws `InputError` for a family that does not exist. */
export async function list(name: string | undefined, options: ListOptions): Promise<void> {
  const listings = listingsWith(await loadPlugins(options.plugin));
  if (name === undefined) {
    if (options.json) {
      const all = Object.entries(listings).map(([family, { summary, entries }]) => [
        family,
        { summary, entries: entries() },
      ]);
      return printJson(Object.fromEntries(all));
    }
    return print(
      rows(
        Object.entries(listings).map(([family, { summary, entries }]) => [
          family,
          summary,
          [
            entries()
              .map((entry) => entry.name)
              .join(', '),
          ],
        ]),
      ),
    );
  }
  const listing = Object.hasOwn(listings, name) ? listings[name] : undefined;
  if (listing === undefined) {
    const known = alternatives(name, Object.keys(listings));
    throw new InputError([
      { kind: 'unknown-choice', place: '', path: '', message: `there is no family "${name}"; ${known}` },
    ]);
  }
  const entries = listing.entries();
  if (options.json) return printJson(entries);
  print(
    rows(
      entries.map(({ name: entry, summary, example, sources = [] }) => [
        entry,
        summary,
        [...(example === undefined ? [] : [JSON.stringify(example)]), ...sources],
      ]),
    ),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const NAME_WIDTH = 37;
const WIDEST = 110;

/** Each name with its summary and, dimmed, its details in a column beside it. */
function rows(entries: readonly (readonly [string, string, readonly string[]])[]): string {
  const width = Math.min(process.stdout.columns ?? WIDEST, WIDEST);
  const textWidth = Math.max(40, width - NAME_WIDTH - 1);
  return entries
    .flatMap(([name, summary, details]) => {
      const lines = [
        ...wrapped(summary, textWidth),
        ...details.flatMap((text) => wrapped(text, textWidth)).map((line) => dim(line)),
      ];
      return lines.map(
        (line, index) => `${index === 0 ? bold(name.padEnd(NAME_WIDTH)) : ' '.repeat(NAME_WIDTH)} ${line}`,
      );
    })
    .join('\n');
}

/**
 * Wraps text to lines of at most `width` characters, between words; longer words, such as addresses, are broken
 * anywhere.
 */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => long.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
