/** The available choices, as `fleetyield list` shows them, with the schemas that forms are built from. */
import { Type } from 'typebox';
import { LISTINGS, type Entry as ListedEntry } from '../../files/listings.ts';
import { scenarioFileSchema } from '../../files/scenario-schema.ts';
import { alternatives } from '../../input/suggest.ts';
import { READ, type Api } from '../context.ts';
import { notFound } from '../problems.ts';
import { answers, Families, Family } from '../schemas.ts';
import { Fields } from '../../input/schema.ts';
import { shippedText } from '../uploads.ts';
import { ScenarioName } from '../schemas.ts';

const tags = ['choices'];
const read = { config: READ };
const ByFamily = Fields({ family: Type.String({ maxLength: 100, description: 'The name of a family.' }) });

interface ListedFamily {
  readonly family: string;
  readonly summary: string;
  readonly entries: ListedEntry[];
}

export function choiceRoutes(api: Api): void {
  const families = (ships: boolean): ListedFamily[] =>
    Object.entries(LISTINGS)
      .filter(([, listing]) => (listing.ships ?? false) === ships)
      .map(([family, { summary, entries }]) => ({ family, summary, entries: entries() }));
  const kinds = [
    { path: 'strategies', name: 'Strategies', what: 'Strategies and metrics', families: families(false) },
    { path: 'presets', name: 'Presets', what: 'Facts and scenarios that ship', families: families(true) },
  ] as const;

  for (const { path, name, what, families: all } of kinds) {
    api.get(
      `/v1/${path}`,
      {
        ...read,
        schema: {
          operationId: `list${name}`,
          summary: `${what}, by family.`,
          tags,
          response: answers({ 200: Families }),
        },
      },
      async () => ({ families: all }),
    );

    api.get(
      `/v1/${path}/:family`,
      {
        ...read,
        schema: {
          operationId: `get${name}`,
          summary: `${what} of one family.`,
          tags,
          params: ByFamily,
          response: answers({ 200: Family }, 404),
        },
      },
      async ({ params: { family } }) => {
        const found = all.find((one) => one.family === family);
        if (found === undefined) {
          const known = alternatives(
            family,
            all.map((one) => one.family),
          );
          throw notFound(`there is no family "${family}"; ${known}`);
        }
        return found;
      },
    );
  }

  api.get(
    '/v1/presets/scenarios/:name',
    {
      ...read,
      schema: {
        operationId: 'getShippedScenario',
        summary: 'Get the text of a shipped scenario.',
        tags,
        params: Fields({ name: ScenarioName }),
        response: answers({ 200: Type.Object({ name: Type.String(), text: Type.String() }) }, 404),
      },
    },
    async ({ params: { name } }) => ({ name, text: shippedText(name, 'path', 'name') }),
  );

  api.get(
    '/v1/scenario-schema',
    {
      ...read,
      schema: {
        operationId: 'getScenarioSchema',
        summary: 'Get the JSON Schema of scenario files.',
        tags,
        response: answers({
          200: Type.Unsafe<object>({
            type: 'object',
            additionalProperties: true,
            description:
              'JSON Schema, 2020-12, of a file as it is written: what has a default may be left out.',
          }),
        }),
      },
    },
    async () => scenarioFileSchema,
  );
}
