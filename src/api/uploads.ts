/** Scenarios as callers send or name them. It reads them as the command line does, but without access to files. */
import { shippedCatalog } from '../files/catalog-files.ts';
import { loadScenario, scenarioText, type ScenarioRequest } from '../files/scenario-files.ts';
import { shippedScenarios } from '../files/shipped-scenarios.ts';
import { SourceDocument } from '../input/source-document.ts';
import { InputError } from '../errors.ts';
import { loadPlugins } from '../files/plugin-files.ts';
import { NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Store } from '../store/store.ts';
import { alternatives } from '../input/suggest.ts';
import { notFound, Refusal } from './problems.ts';
import { MOST_NAME } from './settings.ts';

/** Which scenario a caller means. */
export type ScenarioChoice =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'stored'; readonly name: string; readonly hash?: string }
  | { readonly kind: 'shipped'; readonly name: string };

export interface Upload {
  readonly request: ScenarioRequest & { readonly text: string };
  readonly scenario: Scenario;
}

/** The plugins of the operator of this server, which all scenarios may use; set once, before the thread reads any. */
let operators: Plugins = NO_PLUGINS;

/** The plugins of the operator of this server. */
export const operatorsPlugins = (): Plugins => operators;

/** Loads the plugins of the operator in this thread. No request can name one. */
export async function useOperatorsPlugins(files: readonly string[]): Promise<void> {
  operators = await loadPlugins(files);
}

/** A scenario that was sent. Throws `InputError` with every fault; places are lines of the text. */
export function readUpload(
  text: string,
  overrides: readonly string[],
  depth: number,
  name = 'scenario',
): Upload {
  const request = { path: name, text, overrides, plugins: operators };
  checkDepth(new SourceDocument(text, name).toData(), depth, name);
  return { request, scenario: loadScenario(request, shippedCatalog()) };
}

/** The scenario that is meant, with the overrides of its version before those given. */
export function readChoice(
  store: Store,
  choice: ScenarioChoice,
  overrides: readonly string[],
  depth: number,
): Upload {
  switch (choice.kind) {
    case 'text':
      return readUpload(choice.text, overrides, depth);
    case 'shipped':
      return readUpload(shippedText(choice.name), overrides, depth, choice.name);
    case 'stored': {
      const { name, hash = null } = choice;
      const version = store.scenarios.version(name, hash);
      if (version === null)
        throw notFound(`there is no scenario "${name}"${hash === null ? '' : ` of the hash ${hash}`}`);
      const stored = readUpload(version.text, version.overrides, depth, name);
      if (hash !== null && stored.scenario.hash !== hash) {
        throw new Refusal(
          409,
          'scenario-changed',
          'the facts that this version names have changed since it was stored; store it again',
        );
      }
      return overrides.length === 0
        ? stored
        : readUpload(version.text, [...version.overrides, ...overrides], depth, name);
    }
  }
}

/** The text of a shipped scenario. Throws `InputError` if there is none of this name. */
export function shippedText(name: string, place = 'body', path = 'scenario.name'): string {
  const shipped = shippedScenarios();
  const found = shipped.find((one) => one.name === name);
  if (found !== undefined) return scenarioText({ path: found.path, overrides: [] });
  const names = shipped.map((one) => one.name);
  throw new InputError([
    {
      kind: 'no-scenario',
      place,
      path,
      message: `there is no shipped scenario of this name; ${alternatives(name, names)}`,
    },
  ]);
}

/** Refuses a name that no path could contain, or no client could write. */
export function checkName(name: string): void {
  if (name.length <= MOST_NAME && !/[\p{Cc}\p{Cs}]/u.test(name) && name !== '.' && name !== '..') return;
  const message = `a scenario that is stored is asked for by its name; give one of at most ${MOST_NAME} characters, all of them visible, that is neither "." nor ".."`;
  throw new InputError([{ kind: 'text-form', place: 'scenario', path: 'name', message }]);
}

/** Refuses a value nested deeper than `depth`. */
export function checkDepth(value: unknown, depth: number, name: string): void {
  const check = (inner: unknown, left: number): void => {
    if (inner === null || typeof inner !== 'object') return;
    if (left === 0) {
      const message = `nesting too deep; at most ${depth} levels of lists and mappings are read`;
      throw new InputError([{ kind: 'document-size', place: name, path: '', message }]);
    }
    for (const one of Object.values(inner)) check(one, left - 1);
  };
  check(value, depth);
}
