/**
 * The kinds of faults, each with a code that stays the same whatever the words of its messages: what programs compare and
 * people search for. `docs/reference/errors.md` is written from this list. A code that was released is never given to
 * another kind. The hundreds say where a fault is found: 1 reading a document, 2 the meaning of a scenario, 3 other files,
 * 4 the command line and requests, 5 the store, 6 the machine, 9 the program itself.
 */

/** What the reference says of a kind. */
export interface FaultText {
  readonly code: `FY-${number}`;
  readonly title: string;
  readonly meaning: string;
  readonly remedy: string;
  /** A line as it is printed, without its code. */
  readonly example: string;
}

const KINDS = {
  'invalid-value': {
    code: 'FY-100',
    title: 'Value not accepted',
    meaning: 'A value is not one that its key takes, and no narrower code of this list says why.',
    remedy: 'Write what the message expects; the reference of the scenario format has every key.',
    example: 'my.yaml:7 tiers: {} is not accepted; expected a list, such as [ … ]',
  },
  'yaml-syntax': {
    code: 'FY-101',
    title: 'Not readable as YAML',
    meaning:
      'The text breaks a rule of YAML 1.2: a quote that is not closed, a tab as indent, a second document.',
    remedy: 'Fix the line that is named. The first fault of a line is shown; others may follow from it.',
    example: 'my.yaml:3 not readable as YAML: a tab indents this line; indent with spaces',
  },
  'duplicate-key': {
    code: 'FY-102',
    title: 'Duplicate key',
    meaning: 'A mapping has the same key twice, so one of its values would be lost.',
    remedy: 'Keep one of them.',
    example: 'my.yaml:9 duplicate key replicas; keep one',
  },
  'yaml-value': {
    code: 'FY-103',
    title: 'YAML that holds no values',
    meaning:
      'The text is YAML, but not a mapping of values: it is empty, an alias refers to nothing, or a key is not text.',
    remedy: 'Write "key: value" lines, and a value in place of the alias.',
    example: 'my.yaml:4 *base refers to nothing; define &base above it, or write the value',
  },
  'document-size': {
    code: 'FY-104',
    title: 'Document too large or nested too deeply',
    meaning: 'The document has more characters, values, aliases or levels than are read.',
    remedy: 'Keep requests in a trace file and tables in the catalogue, and do not nest aliases.',
    example: 'my.yaml nesting too deep; write fewer levels of lists and mappings',
  },
  'unknown-key': {
    code: 'FY-110',
    title: 'Unknown key',
    meaning: 'The mapping does not take this key.',
    remedy: 'Correct its spelling, move it to where it belongs, or remove it.',
    example:
      'my.yaml:12 fleet.pools[0].replica: unknown key "replica"; did you mean "replicas"? known: name, model, …',
  },
  'missing-key': {
    code: 'FY-111',
    title: 'Missing key',
    meaning: 'A key without a default is not there.',
    remedy: 'Add it, in the form that the message gives.',
    example:
      'my.yaml:5 horizon.duration: "duration" is missing (length of the measured window); give a duration longer than zero; …',
  },
  'unknown-kind': {
    code: 'FY-112',
    title: 'Unknown kind',
    meaning: 'The family has no choice of this `kind`, or `kind` is missing.',
    remedy: 'Use one of those listed; `fleetyield list FAMILY` explains them.',
    example: 'my.yaml:20 gateway.discipline.kind: unknown discipline "fifo"; known: fcfs, strict-priority, …',
  },
  'unknown-word': {
    code: 'FY-113',
    title: 'Unknown word',
    meaning: 'The key takes one of a few words, and this is none of them.',
    remedy: 'Use one of those listed.',
    example:
      'my.yaml:31 fleet.pools[0].phase: invalid value "decoding"; did you mean "decode"? known: both, prefill, decode',
  },
  'wrong-type': {
    code: 'FY-114',
    title: 'Wrong type',
    meaning: 'A number, text, list or mapping is written where another of these is meant.',
    remedy: 'Write what is expected; numbers that are names go in quotes.',
    example: 'my.yaml:2 name: 17 is not text; write it in quotes, "17"',
  },
  'out-of-range': {
    code: 'FY-115',
    title: 'Out of range',
    meaning: 'The number is outside what the key takes.',
    remedy: 'Write a number within the range of the message.',
    example: 'my.yaml:14 cell.share: 1.5 is out of range; expected a number above 0 and at most 1',
  },
  'list-length': {
    code: 'FY-116',
    title: 'Too few or too many items',
    meaning: 'The list does not have as many items as the key takes.',
    remedy: 'Add or remove items.',
    example: 'my.yaml:18 workload.tiers: the list has 0 items; expected at least 1',
  },
  quantity: {
    code: 'FY-117',
    title: 'Not a quantity',
    meaning: 'A duration, time or weekly window is not written as one: most often its unit is missing.',
    remedy: 'Write a number with its unit, such as 250ms, 1.5h or 7d.',
    example:
      'my.yaml:5 horizon.duration: 24 is not a duration longer than zero; write a number with a unit (ms s min h d week), …',
  },
  'text-form': {
    code: 'FY-118',
    title: 'Text not accepted',
    meaning: 'The text is empty, or has characters that a name cannot have.',
    remedy: 'Write a name of letters, digits, dots and dashes.',
    example:
      'my.yaml:8 workload.tiers[0].name: "paid users" is not accepted; expected a name of letters, digits, dots, dashes',
  },
  'unknown-path': {
    code: 'FY-119',
    title: 'Path that leads nowhere',
    meaning: 'A path of `--set` or of `changes` does not lead to a value, or has no value to put there.',
    remedy: 'Write PATH=VALUE with a path of the scenario, such as fleet.pools[0].replicas=8.',
    example: '--set fleet.pool=3 expected PATH=VALUE, such as fleet.pools[0].replicas=8',
  },
  inconsistent: {
    code: 'FY-200',
    title: 'Values that do not go together',
    meaning:
      'Each value is accepted by itself, and together they mean nothing, exclude each other, or lack one more.',
    remedy: 'Follow the message: it names the keys and a change that resolves it.',
    example:
      'my.yaml:22 fleet.pools[0].failures.group: with while: busy each replica fails on its own; drop group, or set while: always',
  },
  'unknown-name': {
    code: 'FY-201',
    title: 'Name of something that is not there',
    meaning: 'A value names a tier, pool, model or entry of the catalogue that does not exist.',
    remedy: 'Use one of the names listed, or add what is meant.',
    example: 'my.yaml:10 workload.tiers[0].model: no pool serves "mini"; known: flagship',
  },
  'too-much-work': {
    code: 'FY-203',
    title: 'More than can be computed',
    meaning: 'The run would take more events, memory or disk than there is; nothing was started.',
    remedy: 'Simulate a smaller share of the provider or a shorter horizon, as the message says.',
    example: 'my.yaml:6 cell.share: …',
  },
  'no-result': {
    code: 'FY-204',
    title: 'A run without a meaning',
    meaning:
      'A replication came to a state in which its numbers would mean nothing, such as one at which nothing arrives.',
    remedy: 'Change the values that the message names.',
    example: 'workload.tiers[free].lengths: …',
  },
  'file-content': {
    code: 'FY-300',
    title: 'Content of a file not accepted',
    meaning:
      'A trace, a measured run, prices or a table of the catalogue has a row or value that cannot be read.',
    remedy: 'Correct the line that is named, or choose the layout that the file has.',
    example: 'trace.csv:17 …',
  },
  'no-file': {
    code: 'FY-301',
    title: 'File that cannot be read',
    meaning: 'The file is not there, is a folder, is not text in UTF-8, or is compressed wrongly.',
    remedy: 'Check the name, which is relative to the folder of the scenario, and the file.',
    example: 'my.yaml there is no such file',
  },
  'no-scenario': {
    code: 'FY-302',
    title: 'No such scenario',
    meaning: 'Neither a file nor a scenario that ships has this name.',
    remedy: 'Use one of the names listed, or a path.',
    example:
      'erlang there is no such file, and no shipped scenario of that name; did you mean "erlang-c"? known: …',
  },
  'changed-meanwhile': {
    code: 'FY-303',
    title: 'Input that changed while it was in use',
    meaning: 'A file is no longer what it was when the command began.',
    remedy: 'Run the command again.',
    example: 'my.yaml the scenario changed while its batch was running; run it again',
  },
  'plugin-file': {
    code: 'FY-304',
    title: 'File that is no plugin',
    meaning:
      'A file given as a plugin is missing, does not load, or its default export is no list of definitions that are new.',
    remedy: 'Correct the file; docs/plugins.md shows what it exports.',
    example: 'mine.mjs discipline fcfs ships with fleetyield; choose another kind',
  },
  'plugin-call': {
    code: 'FY-305',
    title: 'Plugin that cannot be used',
    meaning:
      'Code of a plugin threw, returned a promise or a value that is not expected, or gave another result the second time.',
    remedy:
      'Correct the call that is named: it must return its result at once, and depend on its arguments alone.',
    example: 'mine.mjs discipline mine: importance() returned NaN; it must return a finite number',
  },
  option: {
    code: 'FY-400',
    title: 'Option or argument not accepted',
    meaning:
      'An option of the command line or a field of a request has a value that is not taken, or goes with no other.',
    remedy: 'Follow the message; `fleetyield help COMMAND` has the options.',
    example: '--since "yesterday" is no date; write it as 2026-11-24 or 2026-11-24T08:00Z',
  },
  'unknown-choice': {
    code: 'FY-401',
    title: 'Unknown metric, family or template',
    meaning: 'A name on the command line is none of those that exist.',
    remedy: 'Use one of those listed; `fleetyield list` shows them.',
    example: 'there is no family "disciplin"; did you mean "disciplines"? known: …',
  },
  store: {
    code: 'FY-500',
    title: 'File that is not a store of this program',
    meaning: 'The store is missing, is no store, or was written by a version that this one cannot read.',
    remedy: 'Name the right file with --store, or use the version that wrote it.',
    example: 'results.db …',
  },
  'no-batch': {
    code: 'FY-501',
    title: 'No such batch or token',
    meaning: 'The store has none of this id or name, or several.',
    remedy: '`fleetyield results list` and `fleetyield token list` show those there are.',
    example: 'my-fleet there is no batch in results.db',
  },
  'batch-state': {
    code: 'FY-502',
    title: 'Batch that cannot give what is asked',
    meaning:
      'It has no finished replication, its samples were pruned, it kept no books, or it cannot be compared with the other.',
    remedy: 'Run it again, with what the message names.',
    example: 'my-fleet no replication of this batch is done; run it again',
  },
  'batch-held': {
    code: 'FY-503',
    title: 'Batch in use',
    meaning: 'Another process runs the batch that was to be changed or deleted.',
    remedy: 'Wait for it, or end it.',
    example: 'my-fleet …',
  },
  environment: {
    code: 'FY-600',
    title: 'The machine failed',
    meaning: 'Disk, memory, a thread or the network failed; the input is not at fault.',
    remedy: 'Free what the message names and run the same command again: finished work is kept.',
    example: 'results.json cannot be written: …',
  },
  'store-unavailable': {
    code: 'FY-601',
    title: 'Store that cannot be written now',
    meaning: 'Another process holds the lock of the store, or its disk is full.',
    remedy: 'Run the same command again a little later, or free some disk.',
    example: 'results.db …',
  },
  'store-gone': {
    code: 'FY-602',
    title: 'Store or batch removed while in use',
    meaning:
      'The store was moved or replaced, or the batch was deleted or taken over, while the command ran.',
    remedy: 'Run the same command again.',
    example: 'results.db is gone: since it was opened it was removed, moved or replaced, …',
  },
  'store-damaged': {
    code: 'FY-603',
    title: 'Damaged record',
    meaning: 'A record does not read back as it was written: its checksum differs.',
    remedy: 'Run the batch again: what is damaged is computed anew.',
    example: 'results.db is damaged: … is not what was written; …',
  },
  invariant: {
    code: 'FY-900',
    title: 'Bug in fleetyield',
    meaning: 'An invariant of the program broke. The run ends, and its numbers are not to be used.',
    remedy: 'Report it with the command and the scenario; CONTRIBUTING.md says how.',
    example: 'internal error, a bug in fleetyield: …',
  },
} as const satisfies Readonly<Record<string, FaultText>>;

/** A kind of fault, by the name that the code uses. */
export type FaultKind = keyof typeof KINDS;

/** Every kind, in the order of the codes. */
export const FAULT_KINDS: Readonly<Record<FaultKind, FaultText>> = KINDS;

/** The code of a kind, such as `FY-110`. */
export const codeOf = (kind: FaultKind): string => KINDS[kind].code;
