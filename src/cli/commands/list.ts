/** `list`: the strategies, presets and metrics there are. */
import Table from 'cli-table3';
import { InputError } from '../../errors.ts';
import { alternatives } from '../../validation.ts';
import { bold, dim } from '../format.ts';
import { trimmed, WITHOUT_LINES } from '../plain-table.ts';
import { LISTINGS } from '../../listings.ts';

/** Throws `InputError` for a family that does not exist. */
export function list(name: string | undefined, options: { readonly json: boolean }): void {
  if (name === undefined) {
    if (options.json) {
      const all = Object.entries(LISTINGS).map(([family, { summary, entries }]) => [
        family,
        { summary, entries: entries() },
      ]);
      return print(JSON.stringify(Object.fromEntries(all), null, 2));
    }
    return print(
      rows(
        Object.entries(LISTINGS).map(([family, { summary, entries }]) => [
          bold(family),
          `${summary}\n${dim(
            entries()
              .map((entry) => entry.name)
              .join(', '),
          )}`,
        ]),
      ),
    );
  }
  const listing = Object.hasOwn(LISTINGS, name) ? LISTINGS[name] : undefined;
  if (listing === undefined) {
    const known = alternatives(name, Object.keys(LISTINGS));
    throw new InputError([{ place: '', path: '', message: `there is no family "${name}"; ${known}` }]);
  }
  const entries = listing.entries();
  if (options.json) return print(JSON.stringify(entries, null, 2));
  print(
    rows(
      entries.map(({ name: entry, summary, example, sources = [] }) => [
        bold(entry),
        [
          summary,
          ...(example === undefined ? [] : [JSON.stringify(example)]).map(dim),
          ...sources.map(dim),
        ].join('\n'),
      ]),
    ),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const NAME_WIDTH = 37;
const WIDEST = 110;

function rows(lines: readonly (readonly [string, string])[]): string {
  const width = Math.min(process.stdout.columns ?? WIDEST, WIDEST);
  const textWidth = Math.max(40, width - NAME_WIDTH - 1);
  // The table cuts off words that are wider than it: addresses are broken instead.
  const broken = (text: string) => text.replaceAll(new RegExp(`\\S{${textWidth - 1}}(?=\\S)`, 'g'), '$&\n');
  const table = new Table({
    ...WITHOUT_LINES,
    chars: { ...WITHOUT_LINES.chars, middle: ' ' },
    colWidths: [NAME_WIDTH, textWidth],
    wordWrap: true,
  });
  table.push(...lines.map(([name, text]) => [name, broken(text)]));
  return trimmed(table.toString());
}
