/**
 * The only path by which text reaches the terminal. Names come from files that others wrote: characters that control a
 * terminal (escape sequences, BEL, carriage returns) or reverse the order of text are replaced with their code points,
 * on standard output and on standard error, whichever code writes. They are written as JSON escapes, so that a JSON
 * document still parses to the same value. Line breaks pass through, and so do the two styles of tables on a terminal
 * that supports colour. This module does not know whether a line break is ours or part of a name: single-line text goes
 * through `notice` or `printLine`, tables through `plainTable`, and faults through the errors.
 */
import { styleText } from 'node:util';
import { visible, visibleLines } from '../../shown.ts';

/** What `bold` and `dim` write: on, and off for both. */
const STYLES = /(\x1b\[(?:1|2|22)m)/;

type Output = Pick<NodeJS.WriteStream, 'write'>;

/** The stream for code that draws by itself, such as progress bars, whose text has already passed `visibleLines`. */
let drawing: NodeJS.WriteStream = process.stderr;
export const drawingStream = (): NodeJS.WriteStream => drawing;

/** From this call on, the process's output streams write only visible text. */
export function guardTerminal(): void {
  guard(process.stdout);
  drawing = guard(process.stderr);
}

/** Makes a stream write only visible text; returns a stream that writes as before. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
  const before = Object.create(stream, { write: { value: write } }) as NodeJS.WriteStream;
  const styled = styleText('bold', ' ', { stream }) !== ' ';
  const guarded: Output = {
    write: (chunk: string | Uint8Array, ...rest: readonly unknown[]) =>
      write(typeof chunk === 'string' ? terminalText(chunk, styled) : chunk, ...rest),
  };
  stream.write = guarded.write;
  return before;
}

/** Prints one line on standard error, whatever names it contains. */
export function notice(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Prints one line on standard output, whatever names it contains. */
export function printLine(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

/** Prints a JSON document on standard output. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Text on one line with each character visible, except for the two styles of tables. */
export const visibleStyled = (text: string): string => outsideStyles(text, visible);

/** Text as it is sent to the terminal. */
export function terminalText(text: string, styled: boolean): string {
  return styled ? outsideStyles(text, visibleLines) : visibleLines(text);
}

const outsideStyles = (text: string, change: (piece: string) => string): string =>
  text
    .split(STYLES)
    .map((piece, index) => (index % 2 === 1 ? piece : change(piece)))
    .join('');
