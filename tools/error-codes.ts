/** The page of error codes, written from the list of kinds. `npm run docs` writes it. */
import { FAULT_KINDS } from '../src/faults.ts';

const HUNDREDS: Readonly<Record<string, string>> = {
  1: 'Reading a document',
  2: 'The meaning of a scenario',
  3: 'Other files',
  4: 'The command line and requests',
  5: 'The store',
  6: 'The machine',
  9: 'The program itself',
};

/** The whole page. */
export function errorCodes(): string {
  const lines = [
    '# Error codes',
    'On the command line every message of what went wrong ends with a code, such as `[FY-110]`. It names the kind of fault and stays the same whatever the words; place, path, value and remedy stand in the message. Over HTTP each of the `faults` of a problem document has it as `code`, and an error that is not one of the input as `faultCode`; in the library `codeOfFault` and `codeOfError` give it. This page is generated from `src/faults.ts` (`npm run docs`).',
  ];
  let hundred = '';
  for (const { code, title, meaning, remedy, example } of Object.values(FAULT_KINDS)) {
    if (code.charAt(3) !== hundred) {
      hundred = code.charAt(3);
      lines.push(`## ${HUNDREDS[hundred]!}`);
    }
    lines.push(`### ${code}`, `**${title}.** ${meaning}`, remedy, `\`\`\`text\n${example} [${code}]\n\`\`\``);
  }
  return `${lines.join('\n\n')}\n`;
}
