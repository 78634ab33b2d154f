/**
 * The workplace's shared folder of oracles, traces and measured runs. It is not part of the repository: a test that
 * needs it is skipped, by name, where it is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** The path of a file of the shared folder. */
export const sharedPath = (name: string): string => `${FOLDER}${name}`;

export const hasShared = (name: string): boolean => existsSync(sharedPath(name));

export interface OracleCase {
  readonly id: string;
  readonly title: string;
  readonly params: Record<string, never>;
  readonly metrics: Record<string, never>;
  readonly rel_precision?: number;
}

/** The oracle case of that id; `null` where the shared folder is absent. */
export function oracle(id: string): OracleCase | null {
  if (!hasShared('oracles/oracles.json')) return null;
  const { cases } = JSON.parse(readFileSync(sharedPath('oracles/oracles.json'), 'utf8')) as { cases: OracleCase[] };
  return cases.find((one) => one.id === id) ?? null;
}
