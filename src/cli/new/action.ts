/** `new`: writes a scenario to start from. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import type { FaultKind } from '../../faults.ts';
import { packageFolder } from '../../files/package-folder.ts';
import { shippedScenarios } from '../../files/shipped-scenarios.ts';
import { shown } from '../../shown.ts';
import { alternatives } from '../../input/suggest.ts';
import { attemptWrite } from '../shared/output-file.ts';
import { notice } from '../shared/terminal.ts';
import type { NewOptions } from './command.ts';

/** A file beside the scenario, which a copy elsewhere would not find. */
const FILE = /\bfile: *(\.[^\s,}]+)/;

/**
 * Throws `InputError` for a template that does not exist or cannot be copied, and when the output file already exists.
 */
export function newScenario(template: string, options: NewOptions): void {
  const templates = new Map([
    ['my-fleet', join(packageFolder(), 'configs', 'samples', 'my-fleet.yaml')],
    ...shippedScenarios().map(({ name, path }) => [name, path] as const),
  ]);
  const path = templates.get(template);
  if (path === undefined)
    refuse(
      `there is no template ${shown(template)}; ${alternatives(template, [...templates.keys()])}`,
      'unknown-choice',
    );
  const text = readFileSync(path, 'utf8');
  const file = FILE.exec(text)?.[1];
  if (file !== undefined)
    refuse(`${template} reads ${file} beside it: copy both from ${path}, or name another template`);
  const out = options.out ?? `${template}.yaml`;
  attemptWrite(out, () => {
    try {
      writeFileSync(out, text, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      refuse(`${out} exists and is not replaced; name another file with --out`);
    }
  });
  notice(`wrote ${out}; try it with: fleetyield run ${out}`);
}

function refuse(message: string, kind: FaultKind = 'option'): never {
  throw new InputError([{ kind, place: '', path: '', message }]);
}
