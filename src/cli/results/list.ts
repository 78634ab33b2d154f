/** `results list`: lists stored batches. */
import { InputError } from '../../errors.ts';
import { changesText } from '../../store/changes.ts';
import { bytesText } from '../shared/format.ts';
import { plainTable, texts } from '../shared/plain-table.ts';
import { SHORT_ID } from '../shared/store-options.ts';
import { reading } from '../shared/stores.ts';
import { printJson, printLine } from '../shared/terminal.ts';
import type { ListOptions } from './command.ts';

/** Batches, most recently changed first. */
export function listResults(options: ListOptions): void {
  const { scenario, since, status, json } = options;
  const from = since === undefined ? '' : instant(since);
  const { found, sizes, bytes } = reading(options.store, (store) => ({
    sizes: store.sizes(),
    bytes: store.bytes(),
    found: store
      .summaries()
      .filter(
        (batch) =>
          (scenario === undefined || batch.scenario === scenario) &&
          (status === undefined || batch.status === status) &&
          batch.updatedAt >= from,
      ),
  }));
  if (json) return printJson(found);
  if (found.length === 0) return printLine(`no such batch in ${options.store}`);
  const head = ['batch', 'scenario', 'changes', 'seed', 'replications', 'status', 'size', 'changed (UTC)'];
  const drawn = plainTable(
    head,
    found.map((batch) => [
      batch.id.slice(0, SHORT_ID),
      batch.scenario,
      changesText(batch.changes, MOST_OF_CHANGES),
      batch.seed,
      `${batch.done} of ${batch.planned}${batch.failed === 0 ? '' : `, ${batch.failed} failed`}`,
      batch.status,
      bytesText(sizes.get(batch.id) ?? 0) + (batch.prunedAt === null ? '' : ', pruned'),
      batch.updatedAt.slice(0, 19).replace('T', ' '),
    ]),
    texts(head.length),
  );
  process.stdout.write(`${drawn}\n\n`);
  printLine(`${options.store} takes ${bytesText(bytes)}; results prune takes out what is not needed`);
}

/** Characters of a batch's changes shown in the table. */
const MOST_OF_CHANGES = 60;

/** A day or an instant, as ISO 8601 in UTC. */
function instant(text: string): string {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InputError([
    {
      kind: 'option',
      place: '--since',
      path: '',
      message: `"${text}" is no date; write it as 2026-11-24 or 2026-11-24T08:00Z`,
    },
  ]);
}
