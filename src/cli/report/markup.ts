/** HTML as values: anything inserted into a template is text and is escaped, unless it is HTML already. */

import { visibleLines } from '../../shown.ts';

/** Markup that is safe to write as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Permitted content of a template; `null` renders as nothing. */
export type Content = Html | string | number | null | readonly Content[];

/** Markup with content inserted in elements or in quoted attributes. */
export function markup(pieces: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(String.raw({ raw: pieces }, ...contents.map(written)));
}

function written(content: Content): string {
  if (content === null) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(written).join('');
  return escaped(String(content));
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return visibleLines(text).replaceAll(/[&<>"]/g, (character) => NAMES[character]!);
}
