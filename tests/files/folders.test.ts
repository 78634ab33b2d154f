import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/files/folders.ts';
import { Folder } from '../helpers/command.ts';

const folder = new Folder({ 'a-file': '' });
afterAll(() => folder.remove());

describe('a folder', () => {
  it('is made with those above it, and let be where it is there', () => {
    const path = folder.of('one/two/three');
    makeFolder(path);
    makeFolder(path);
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['a file stands in its place', folder.of('a-file'), /^EEXIST/],
    ['a file is above it', folder.of('a-file/below/it'), /^ENOTDIR/],
    ['a device is above it', '/dev/null/x/y', /^ENOTDIR/],
    ['the system lets none be made', '/proc/none-of-this/x/y', /^ENOENT/],
  ])('is refused at once where %s', (_, path, says) => {
    expect(() => {
      makeFolder(path);
    }).toThrow(says);
  });
});
