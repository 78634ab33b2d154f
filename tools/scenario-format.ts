/**
 * The reference of the scenario format, written from the schemas: every key with its type and unit, its default, an
 * example and its meaning, and every family of choices with its kinds. `npm run docs` writes it.
 */
import { deltaSchema } from '../src/files/scenario-delta.ts';
import { QUANTITIES } from '../src/input/quantities.ts';
import { scenarioReferences, scenarioSchema } from '../src/scenario/schema.ts';

/** A schema as data: the keywords that the reference reads. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly noun?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** One key as the reference shows it. */
export interface Key {
  /** As it is written below the heading of its section, such as `backoff.base`. */
  readonly name: string;
  readonly schema: Schema;
  /** `undefined` for a mapping whose keys follow. */
  readonly example: unknown;
  readonly isRequired: boolean;
}

/** One heading with its keys. */
export interface Section {
  readonly heading: string;
  readonly level: number;
  readonly summary: string;
  readonly example?: unknown;
  readonly keys: readonly Key[];
}

const QUANTITY_NAMES: Readonly<Record<keyof typeof QUANTITIES, string>> = {
  duration: 'duration',
  runStart: 'time of the week, or date',
  period: 'duration, or months',
  windowStart: 'time of the clock',
  clockWindow: 'weekly window',
};

const SCENARIO_PARTS = ['horizon', 'cell', 'workload', 'fleet', 'gateway', 'economics'];

/** All sections, in the order of the page. */
export function sectionsOf(): Section[] {
  const families: Section[] = [];
  const seen = new Map<string, string>();
  const root = scenarioSchema as unknown as Schema;
  const rest = Object.entries(root.properties!).filter(([name]) => !SCENARIO_PARTS.includes(name));
  const parts = SCENARIO_PARTS.flatMap((name) => partOf(name, root.properties![name]!));
  const change = deltaSchema as unknown as Schema;
  const sections: Section[] = [
    {
      heading: 'The file',
      level: 2,
      summary: `Beside these keys a file has ${listed(SCENARIO_PARTS.map((name) => `\`${name}\``))}, each below.`,
      keys: rest.map(([name, schema]) => keyOf(name, schema, isNeeded(root, name), undefined)),
    },
    ...parts,
    {
      heading: 'A change to another scenario',
      level: 2,
      summary: 'A file that names its `base` changes another scenario and has these keys only.',
      keys: Object.entries(change.properties!).map(([name, schema]) =>
        keyOf(name, schema, isNeeded(change, name), undefined),
      ),
    },
  ];
  for (const section of sections) for (const { schema } of section.keys) addFamily(schema, families, seen);
  return [...sections, ...families];
}

/** A part of the scenario, and the lists of mappings in it that have a section of their own. */
function partOf(name: string, schema: Schema): Section[] {
  const below: Section[] = [];
  const keys = keysOf(schema, name, '', undefined, below);
  return [{ heading: name, level: 2, summary: schema.description ?? '', keys }, ...below];
}

/** The keys of a mapping; those of mappings in it follow it, with their path. */
function keysOf(
  schema: Schema,
  heading: string,
  prefix: string,
  given: unknown,
  below: Section[] | null,
): Key[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, written]) => {
    if (name === 'kind' && written.const !== undefined) return [];
    const path = `${prefix}${name}`;
    const key = keyOf(path, written, isNeeded(schema, name), valueOf(given, name));
    const inner = itemsOf(written);
    if (inner.length === 0) return [key];
    if (written.type === 'array' && below !== null) {
      const at = `${heading}.${path}[]`;
      for (const { item, title } of inner)
        below.push({
          heading: title === '' ? at : `${at} ${title}`,
          level: 3,
          summary: written.description ?? '',
          keys: keysOf(item, at, '', undefined, null),
        });
      return [key];
    }
    const joint = written.type === 'array' ? `${path}[].` : `${path}.`;
    const example = written.type === 'array' ? valueOf(key.example, 0) : key.example;
    return [key, ...inner.flatMap(({ item }) => keysOf(item, heading, joint, example, below))];
  });
}

/** The mappings that a mapping or a list holds: none for values, and two where a preset is one way to write it. */
function itemsOf(schema: Schema): { readonly item: Schema; readonly title: string }[] {
  if (schema.oneOf !== undefined) return [];
  if (schema.properties !== undefined) return [{ item: schema, title: '' }];
  const item = Array.isArray(schema.items) ? undefined : (schema.items as Schema | undefined);
  if (item?.then !== undefined)
    return [
      { item: item.else!, title: '' },
      { item: item.then, title: 'with a preset' },
    ];
  return item?.properties === undefined ? [] : [{ item, title: '' }];
}

const isNeeded = ({ required = [] }: Schema, name: string): boolean => required.includes(name);

function keyOf(name: string, schema: Schema, isRequired: boolean, given: unknown): Key {
  return {
    name,
    schema,
    example: exampleOf(schema, given),
    isRequired: isRequired && schema.default === undefined,
  };
}

/** The example that a schema has, or the mapping around it, or its default. */
function exampleOf(written: Schema, given: unknown): unknown {
  const schema = resolved(written);
  return (
    schema.examples?.[0] ??
    given ??
    schema.default ??
    schema.const ??
    schema.enum?.[0] ??
    schema.oneOf?.[0]?.examples?.[0] ??
    (written.type === 'array' && familyOf(written) !== null
      ? [exampleOf(familyOf(written)!, undefined)]
      : undefined)
  );
}

function valueOf(data: unknown, key: string | number): unknown {
  return (data as Readonly<Record<string | number, unknown>> | null | undefined)?.[key];
}

/** A schema with what its reference means; its own keywords go first. */
function resolved(schema: Schema): Schema {
  const target = (scenarioReferences as unknown as Readonly<Record<string, Schema>>)[schema.$ref ?? ''];
  return target === undefined ? schema : { ...target, ...schema };
}

/** The family that a key chooses from, itself or in a list. */
function familyOf(schema: Schema): Schema | null {
  const plain = resolved(schema);
  if (plain.oneOf !== undefined) return plain;
  return plain.items === undefined || Array.isArray(plain.items) ? null : familyOf(plain.items as Schema);
}

/** Adds the family of a key and those that its kinds choose from; a kind that another family has too is named there. */
function addFamily(schema: Schema, families: Section[], seen: Map<string, string>): void {
  const family = familyOf(schema);
  if (family === null || families.some(({ heading }) => heading === titleOf(family))) return;
  const title = titleOf(family);
  const kinds = family.oneOf!.map((member) => ({ member, kind: String(member.properties!['kind']!.const) }));
  const elsewhere = kinds.filter(({ member }) => seen.has(JSON.stringify(member)));
  const here = kinds.filter(({ member }) => !seen.has(JSON.stringify(member)));
  const others = [...new Set(elsewhere.map(({ member }) => seen.get(JSON.stringify(member))!))];
  const note =
    elsewhere.length === 0
      ? ''
      : ` As in ${listed(others.map(link))}: ${listed(elsewhere.map(({ kind }) => `\`${kind}\``))}.`;
  families.push({ heading: title, level: 2, summary: `${family.summary ?? ''}${note}`.trim(), keys: [] });
  const own = here.map(({ member, kind }): Section => {
    seen.set(JSON.stringify(member), title);
    const example = member.examples?.[0];
    return {
      heading: `${title}: ${kind}`,
      level: 3,
      summary: member.description ?? '',
      example,
      keys: keysOf(member, title, '', example, null),
    };
  });
  families.push(...own);
  for (const { keys } of own) for (const key of keys) addFamily(key.schema, families, seen);
}

const titleOf = ({ noun }: Schema): string => `${noun!.charAt(0).toUpperCase()}${noun!.slice(1)}`;

/** A link to a heading, by the address that GitHub gives it. */
const link = (heading: string): string =>
  `[${heading}](#${heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-')})`;

/** `a, b and c`. */
const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;

/** What may be written, with its unit and its range. */
export function typeOf(written: Schema): string {
  const family = familyOf(written);
  if (family !== null)
    return written.type === 'array' ? `list of ${link(titleOf(family))}` : link(titleOf(family));
  if (written.const !== undefined) return `\`${String(written.const)}\``;
  if (written.enum !== undefined) return written.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (written.anyOf !== undefined) return written.anyOf.map(typeOf).join(' or ');
  const quantity = (Object.keys(QUANTITIES) as (keyof typeof QUANTITIES)[]).find((one) => one in written);
  if (quantity !== undefined) {
    const isPositive = (written as Readonly<Record<string, unknown>>)[quantity] === 'positive';
    return `${QUANTITY_NAMES[quantity]}${isPositive ? ' > 0' : ''}`;
  }
  switch (written.type) {
    case 'integer':
      return `whole number${unitOf(written)}${rangeOf(written)}`;
    case 'number':
      return `number${unitOf(written)}${rangeOf(written)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return listOf(written);
    default:
      return 'mapping';
  }
}

function listOf({ items, minItems, maxItems }: Schema): string {
  const count = minItems === undefined ? '' : minItems === maxItems ? `${minItems} ` : `${minItems} or more `;
  if (Array.isArray(items)) return `pair of ${(items as readonly Schema[]).map(typeOf).join(' and ')}`;
  const item = items as Schema | undefined;
  const what = item === undefined || item.then !== undefined ? 'mapping' : typeOf(item);
  return what === 'mapping' ? `list of ${count}mappings` : `list of ${count}(${what})`;
}

/** The unit that ends the text of a number, in brackets. */
export const unitOf = ({ description = '' }: Schema): string => / \[[^\]]+\]/.exec(description)?.[0] ?? '';

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const bounds = [
    minimum === undefined ? [] : [`≥ ${minimum}`],
    exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`],
    maximum === undefined ? [] : [`≤ ${maximum}`],
    exclusiveMaximum === undefined ? [] : [`< ${exclusiveMaximum}`],
  ].flat();
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

/** What a key means: its own text, or that of the family it chooses from. */
export const meaningOf = (schema: Schema): string => schema.description ?? familyOf(schema)?.summary ?? '';

/** A value as YAML in one line. */
function inFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inFlow).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${plain(key)}: ${inFlow(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return typeof value === 'string' ? plain(value) : String(value);
}

/** Text as YAML: in quotes where it would be read otherwise. */
const plain = (text: string): string =>
  /^[A-Za-z0-9][\w./ -]*$/.test(text) && !/^[\d.e-]+$/.test(text) ? text : `"${text}"`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row({ name, schema, example, isRequired }: Key): string {
  const fallback =
    schema.default !== undefined ? `\`${inFlow(schema.default)}\`` : isRequired ? 'required' : '';
  // An empty default shows nothing.
  const flow = example === undefined ? '' : inFlow(example);
  const shown = ['', '[]', '{}'].includes(flow) ? '' : `\`${flow}\``;
  return `| ${[`\`${name}\``, typeOf(schema), fallback, shown, meaningOf(schema)].map(cell).join(' | ')} |`;
}

function textOf({ heading, level, summary, example, keys }: Section): string {
  return [
    `${'#'.repeat(level)} ${heading}`,
    ...(summary === '' ? [] : [summary]),
    ...(example === undefined ? [] : [`\`\`\`yaml\n${inFlow(example)}\n\`\`\``]),
    ...(keys.length === 0
      ? []
      : [
          [
            '| key | type | default | example | meaning |',
            '| --- | --- | --- | --- | --- |',
            ...keys.map(row),
          ].join('\n'),
        ]),
  ].join('\n\n');
}

/** The whole page. */
export function scenarioFormat(): string {
  const written = (Object.keys(QUANTITIES) as (keyof typeof QUANTITIES)[]).map(
    (keyword) => `- *${QUANTITY_NAMES[keyword]}*: ${QUANTITIES[keyword].remedy('any')}`,
  );
  return (
    [
      '# The scenario format',
      'Every key of a scenario file. This page is generated from the schemas by which the program reads (`npm run docs`); `fleetyield schema` prints them as JSON Schema for editors. Units stand in brackets; shares and probabilities are numbers from 0 to 1. What has no default and is not required may be left out. Counts, rates and dollars are those of the whole provider: `cell.share` scales them.',
      `How quantities are written:\n\n${written.join('\n')}`,
      ...sectionsOf().map(textOf),
    ].join('\n\n') + '\n'
  );
}
