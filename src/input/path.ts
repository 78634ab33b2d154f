/** Paths to values within a document, as lists of keys and indices and as text. They know plain data, and no YAML. */

export type Path = readonly (string | number)[];

/** Reports what is wrong with a path or a value by throwing. */
export type Refusal = (message: string) => never;

/** `['gateway', 'rateLimits', 0, 'kind']` as `gateway.rateLimits[0].kind`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

const PATH_PART = /^(?:\.?([^.[\]=]+)|\[([^\]]*)\])/;

/**
 * The parts of a written path, `null` where it is not one; `tiers[free]` names a list item by its `name` and keeps the
 * name as text, `tiers[+]` is one new item at the end.
 */
export function parsePath(text: string): (string | number)[] | null {
  const parts: (string | number)[] = [];
  for (let rest = text; rest !== '';) {
    const match = PATH_PART.exec(rest);
    if (match === null) return null;
    const [whole, key, item] = match;
    parts.push(key ?? (/^\d+$/.test(item!) ? Number(item) : `[${item!}]`));
    rest = rest.slice(whole.length);
  }
  return parts.length === 0 ? null : parts;
}

/** The value at a path within plain data, `undefined` where there is none. */
export const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) => (value as Record<string | number, unknown> | null | undefined)?.[part],
    data,
  );
