/** Finds what a written path means in a YAML document: names of list items become indices. */
import { isMap, isScalar, isSeq, type Document } from 'yaml';
import { formatPath, type Path, type Refusal } from './path.ts';
import { alternatives, meantBy } from './suggest.ts';

/** The part of a path that means a new item of a list. */
const ADDED = '[+]';

/** A part of a path that names a list item, as the user wrote it. */
const nameOf = (part: string | number): string => (typeof part === 'number' ? `[${part}]` : part);

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Resolves a written path: names of list items become indices, `[+]` the index after the last. */
export function resolvePath(yaml: Document, written: Path, refuse: Refusal): Path {
  const path: (string | number)[] = [];
  for (const part of written) {
    const parent = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (typeof part === 'string' && !part.startsWith('[')) {
      if (isSeq(parent))
        return refuse(`${formatPath(path)} is a list; choose an item, such as ${formatPath(path)}[0]`);
      if (isScalar(parent) && parent.value !== null)
        return refuse(`${formatPath(path)} is ${String(parent)}, so it has no ${part}; set the whole value`);
      path.push(part);
      continue;
    }
    if (!isSeq(parent)) {
      refuseUnwritten(yaml, path, refuse);
      const where = path.length === 0 ? 'the file' : formatPath(path);
      return refuse(`${where} is not a list, so it has no item ${nameOf(part)}; name a key`);
    }
    const names = parent.items.map((item) => (isMap(item) ? item.get('name') : undefined));
    const count = parent.items.length;
    const index = part === ADDED ? count : typeof part === 'number' ? part : names.indexOf(part.slice(1, -1));
    if (part !== ADDED && (index < 0 || index >= count)) {
      const named = names.filter((name) => name !== undefined).map(String);
      const known =
        named.length === 0 ? '' : `; ${alternatives(nameOf(part).replaceAll(/^\[|\]$/g, ''), named)}`;
      return refuse(`${formatPath(path)} has ${countOf(count, 'item')} and none is ${nameOf(part)}${known}`);
    }
    path.push(index);
  }
  return path;
}

/** Refuses a path to a missing list, naming the first missing key on the way and the keys that exist. */
function refuseUnwritten(yaml: Document, path: Path, refuse: Refusal): void {
  for (let depth = 0; depth < path.length; depth++) {
    const above = depth === 0 ? yaml.contents : yaml.getIn(path.slice(0, depth), true);
    const key = String(path[depth]);
    if (isMap(above) && above.has(path[depth])) continue;
    if (!isMap(above) || above.items.length === 0) return;
    const written = above.items.map((item) => String(item.key));
    const meant = meantBy(key, written);
    const where = depth === 0 ? 'the file' : formatPath(path.slice(0, depth));
    refuse(
      `${where} has no ${key}; ${meant === undefined ? '' : `did you mean "${meant}"? `}it has ${written.join(', ')}; ` +
        `to create a list, set all of it,  ${formatPath(path)}=[…]`,
    );
  }
}
