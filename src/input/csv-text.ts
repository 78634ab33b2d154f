/**
 * Text in comma-separated files. A spreadsheet runs a cell that begins with =, +, -, @, a tab or a carriage return as a
 * formula (OWASP, "CSV Injection", read 2026-11-30): such text gets an apostrophe before it, by which spreadsheets know
 * text, and loses it when one of our readers reads it. Numbers are never marked.
 */
const RUN_BY_SPREADSHEETS = /^'*[=+\-@\t\r]/;
const MARKED = /^'+[=+\-@\t\r]/;

/** A text as it is written to a cell: marked where a spreadsheet would run it, or where it looks marked already. */
export function markedText(text: string): string {
  return RUN_BY_SPREADSHEETS.test(text) ? `'${text}` : text;
}

/** The text that a cell holds, whatever it was marked with: `unmarkedText(markedText(text))` is `text`. */
export function unmarkedText(cell: string): string {
  return MARKED.test(cell) ? cell.slice(1) : cell;
}

/** A text as a cell with the quotes it needs (RFC 4180). */
export function textCell(text: string): string {
  const marked = markedText(text);
  return /[",\r\n]/.test(marked) ? `"${marked.replaceAll('"', '""')}"` : marked;
}
