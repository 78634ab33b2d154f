/** `new` and `schema`: what somebody begins with. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fleetyield, Folder } from '../helpers/command.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const here = { cwd: folder.path };

describe('new', () => {
  it('writes a scenario that is valid, and never replaces a file', async () => {
    expect(await fleetyield(['new'], here)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'wrote my-fleet.yaml; try it with: fleetyield run my-fleet.yaml\n',
    });
    folder.write('my-fleet.yaml', `${readFileSync(folder.of('my-fleet.yaml'), 'utf8')}# mine\n`);
    const { code, stderr } = await fleetyield(['new'], here);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'my-fleet.yaml exists and is not replaced; name another file with --out [FY-400]\n',
    });
    expect(readFileSync(folder.of('my-fleet.yaml'), 'utf8')).toMatch(/# mine\n$/);
  });

  it('copies shipped scenarios to where they are valid, also one that builds on another', async () => {
    const names = ['erlang-c', 'lever-price-cut'];
    for (const name of names) expect((await fleetyield(['new', name], here)).code).toBe(0);
    const { code, stdout } = await fleetyield(['validate', ...names.map((name) => `${name}.yaml`)], here);
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: names.length + 1 });
  });

  it('does not copy a scenario away from the trace beside it', async () => {
    const { code, stderr } = await fleetyield(['new', 'azure-replay'], here);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^azure-replay reads \.\.\/traces\/AzureLLMInferenceTrace_conv\.csv beside it: copy both/,
    );
  });

  it('names the template that was meant', async () => {
    const { code, stderr } = await fleetyield(['new', 'erlangc'], here);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^there is no template "erlangc"; did you mean "erlang-c"\?/);
  });
});

describe('schema', () => {
  it('is a JSON Schema by which an editor accepts the template and refuses a misspelt key', async () => {
    const { code, stdout, stderr } = await fleetyield(['schema']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
    await fleetyield(['new', '--out', 'right.yaml'], here);
    const text = readFileSync(folder.of('right.yaml'), 'utf8');
    expect(validate(parse(text))).toBe(true);
    expect(validate(parse(text.replace('horizon:', 'horizont:')))).toBe(false);
  });
});
