/** `token` as the command line declares it; its action is loaded when it is called. */
import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { storeOption, type OptionsOf } from '../options.ts';
import { SCOPES, type Scope } from '../../store/scopes.ts';

/** Declares `token` with its commands. */
export const declareToken = (program: Command) => {
  const group = program
    .command('token')
    .description('Manage API tokens.')
    .addHelpText(
      'after',
      `
Examples:
  fleetyield token create dashboard
  fleetyield token create lab --scope read --scope write
  fleetyield token list
  fleetyield token revoke 4f1d22ab90ce`,
    );
  declareCreate(group);
  declareList(group);
  declareRevoke(group);
};

const declareCreate = (group: Command) =>
  group
    .command('create')
    .description('Create a token (shown only once).')
    .argument('<name>', 'token name')
    .addOption(
      new Option('--scope <scope>', 'permission; repeatable (default: read)').argParser(
        (scope: string, before: readonly Scope[] | undefined) => [...(before ?? []), scopeOf(scope)],
      ),
    )
    .addOption(storeOption())
    .action(async (name, options) => {
      const { createToken } = await import('./action.ts');
      createToken(name, options);
    });

/** What `token create` takes. */
export type CreateTokenOptions = OptionsOf<typeof declareCreate>;

const declareList = (group: Command) =>
  group
    .command('list')
    .description('List tokens, newest first.')
    .option('--json', 'print JSON instead of the table', false)
    .addOption(storeOption())
    .action(async (options) => {
      const { listTokens } = await import('./action.ts');
      listTokens(options);
    });

/** What `token list` takes. */
export type ListTokenOptions = OptionsOf<typeof declareList>;

const declareRevoke = (group: Command) =>
  group
    .command('revoke')
    .description('Revoke a token immediately.')
    .argument('<id>', 'id, as shown by token list')
    .addOption(storeOption())
    .action(async (id, options) => {
      const { revokeToken } = await import('./action.ts');
      revokeToken(id, options);
    });

/** What `token revoke` takes. */
export type RevokeTokenOptions = OptionsOf<typeof declareRevoke>;

function scopeOf(text: string): Scope {
  const found = SCOPES.find((scope) => scope === text);
  if (found === undefined) throw new InvalidArgumentError(`expected ${SCOPES.join(' or ')}.`);
  return found;
}
