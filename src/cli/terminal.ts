/**
 * The one way by which text leaves for the terminal. Names come from files that others wrote: what a terminal would obey
 * (escape sequences, BEL, carriage returns) and what turns the order of a line round is written as its number, on standard
 * output and on standard error, whoever writes. The numbers are as JSON has them, so that a JSON document still reads as it
 * was. What passes: breaks of lines, and on a terminal that takes colour the two styles of tables. Whether a break of a
 * line is ours or a name's cannot be told here any more: what is said in one line goes through `notice` or `printLine`,
 * tables through `plainTable`, and what is wrong through the errors.
 */
import { styleText } from 'node:util';
import { visible, visibleLines } from '../shown.ts';

/** What `bold` and `dim` write: on, and off for both. */
const STYLES = /(\x1b\[(?:1|2|22)m)/;

type Output = Pick<NodeJS.WriteStream, 'write'>;

/** Where what draws by itself writes, as progress bars do, whose text `visibleLines` has passed. */
let drawing: NodeJS.WriteStream = process.stderr;
export const drawingStream = (): NodeJS.WriteStream => drawing;

/** From now on the streams of the process write visible text alone. */
export function guardTerminal(): void {
  guard(process.stdout);
  drawing = guard(process.stderr);
}

/** Has a stream write visible text alone; returns it as it wrote before. */
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

/** Tells one line on standard error, whatever is in the names in it. */
export function notice(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Prints one line on standard output, whatever is in the names in it. */
export function printLine(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

/** A text in one line in which each character is visible but the two styles of tables. */
export const visibleStyled = (text: string): string => outsideStyles(text, visible);

/** A text as a terminal is to have it. */
export function terminalText(text: string, styled: boolean): string {
  return styled ? outsideStyles(text, visibleLines) : visibleLines(text);
}

const outsideStyles = (text: string, change: (piece: string) => string): string =>
  text
    .split(STYLES)
    .map((piece, index) => (index % 2 === 1 ? piece : change(piece)))
    .join('');
