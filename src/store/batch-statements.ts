/**
 * The SQL of batches: statements named by what they do. It knows tables, and nothing of what their rows mean together.
 */
import { insertSql, sealSql, soundSql } from './checksum.ts';
import type { Database, Statement, StoreFile } from './database.ts';

/**
 * Removes a batch's replications, and everything derived from them, from all tables except its own. Runs in a
 * transaction.
 */
export function clearBatch(database: Database, batch: number): void {
  for (const table of ['estimates', 'records', 'replications', 'layouts', 'runs']) {
    database.prepare(`DELETE FROM ${table} WHERE batch = ?`).run(batch);
  }
}

const SUM = "(SELECT coalesce(sum(status = '%'), 0) FROM replications WHERE batch = ?)";

export function prepareBatch(file: StoreFile) {
  const sql = (text: string): Statement => file.statement(text);
  return {
    batch: sql(
      `SELECT generation, done, failed, wall_seconds AS wall, pruned_at AS prunedAt, ${soundSql('batches')} AS sound
       FROM batches WHERE batch = ?`,
    ),
    seal: sql(sealSql('batches', 'batch = ?')),
    plan: sql('UPDATE batches SET planned = ?, level = ?, updated_at = ? WHERE batch = ?'),
    touch: sql('UPDATE batches SET updated_at = ? WHERE batch = ?'),
    tally: sql(
      'UPDATE batches SET done = done + ?, failed = failed + ?, wall_seconds = wall_seconds + ? WHERE batch = ?',
    ),
    renew: sql(
      `UPDATE batches SET generation = ?, done = 0, failed = 0, wall_seconds = 0.0, pruned_at = NULL, updated_at = ?
       WHERE batch = ?`,
    ),
    recount: sql(
      `UPDATE batches SET done = ${SUM.replace('%', 'done')}, failed = ${SUM.replace('%', 'failed')},
         wall_seconds = (SELECT coalesce(sum(wall_seconds), 0.0) FROM replications WHERE batch = ?), updated_at = ?
       WHERE batch = ?`,
    ),
    held: sql('SELECT runner, process, since, signed_at AS signedAt FROM runs WHERE batch = ?'),
    run: sql('INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)'),
    sign: sql('UPDATE runs SET signed_at = ? WHERE batch = ? AND runner = ?'),
    release: sql('DELETE FROM runs WHERE batch = ? AND runner = ?'),
    layout: sql(`SELECT layout, ${soundSql('layouts')} AS sound FROM layouts WHERE batch = ?`),
    addLayout: sql(insertSql('layouts')),
    forgetLayout: sql('DELETE FROM layouts WHERE batch = ?'),
    replications: sql(
      `SELECT replication, status, failure, error, wall_seconds AS wallSeconds, machine, finished_at AS finishedAt,
         checksum, ${soundSql('replications')} AS sound
       FROM replications WHERE batch = ? ORDER BY replication`,
    ),
    replication: sql(
      'SELECT status, wall_seconds AS wallSeconds FROM replications WHERE batch = ? AND replication = ?',
    ),
    addReplication: sql(insertSql('replications')),
    forgetReplication: sql('DELETE FROM replications WHERE batch = ? AND replication = ?'),
    record: sql('SELECT content, checksum FROM records WHERE batch = ? AND part = ? AND replication = ?'),
    recorded: sql('SELECT DISTINCT replication AS replication FROM records WHERE batch = ?'),
    addRecord: sql(insertSql('records')),
    forgetRecords: sql('DELETE FROM records WHERE batch = ? AND replication = ?'),
    estimates: sql(
      `SELECT numbers, ${soundSql('estimates')} AS sound FROM estimates WHERE batch = ? AND level = ? AND below = ?`,
    ),
    addEstimates: sql(insertSql('estimates')),
    thinEstimates: sql(
      `DELETE FROM estimates WHERE batch = ? AND rowid NOT IN (
         SELECT rowid FROM estimates WHERE batch = ? ORDER BY rowid DESC LIMIT ?)`,
    ),
    forgetEstimates: sql('DELETE FROM estimates WHERE batch = ?'),
  };
}
