/** Files that the user asks for: what cannot be written is told before anything runs. */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkOutputs } from '../../src/cli/shared/output-file.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { fleetyield, Folder } from '../helpers/command.ts';
import { smallQueue } from '../helpers/queue.ts';

const folder = new Folder({ 'queue.yaml': smallQueue(60), 'a-file': '' });
afterAll(() => folder.remove());

/** Of 255 bytes that a name may have on the file systems of Linux, with a little more. */
const LONG = `${'x'.repeat(256)}.svg`;

describe('a file that is to be written', () => {
  it.each([
    ['has a name longer than the file system takes', LONG, /x\.svg cannot be written: ENAMETOOLONG/],
    ['lies in a folder with such a name', `${LONG}/fit.svg`, /fit\.svg cannot be written: ENAMETOOLONG/],
    ['lies in a folder that is not there', 'nowhere/fit.svg', /nowhere\/fit\.svg cannot be written: ENOENT/],
    ['lies below a file', 'a-file/fit.svg', /a-file\/fit\.svg cannot be written: ENOTDIR/],
    ['is a folder', '.', /cannot be written: it is a folder/],
  ])('is refused where it %s', (_, path, says) => {
    const check = () => {
      checkOutputs(undefined, folder.of(path));
    };
    expect(check).toThrow(EnvironmentError);
    expect(check).toThrow(says);
  });

  it('is neither made nor touched by the check', () => {
    checkOutputs(undefined, folder.of('new.svg'), folder.of('a-file'));
    expect(readdirSync(folder.path).toSorted()).toEqual(['a-file', 'queue.yaml']);
  });

  it.each([
    ['run', '--out', LONG, []],
    ['run', '--requests', LONG, []],
    ['sweep', '--picture', LONG, ['--vary', 'fleet.pools[0].serving.concurrency=1,2']],
  ] as const)('ends %s with 4 before anything runs: %s', async (command, option, path, more) => {
    const { code, stdout, stderr } = await fleetyield(
      [command, 'queue.yaml', option, path, ...more, '--store', 'kept.sqlite'],
      { cwd: folder.path },
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^x+\.svg cannot be written: ENAMETOOLONG/);
    expect(stderr.trim()).not.toContain('\n');
    expect(existsSync(folder.of('kept.sqlite'))).toBe(false);
  });
});
