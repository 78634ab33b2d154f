/** The document that `scaling --json` prints, read from a file: only the parts that a page needs. */
import { Type, type Static } from 'typebox';
import { SourceDocument } from '../../input/source-document.ts';
import { VERDICTS } from '../../experiments/elasticity.ts';
import { readGivenText } from '../../files/text-file.ts';
import { OneOf } from '../../input/schema.ts';
import { SchemaReader } from '../../input/schema-reader.ts';

const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const Bounds = Type.Object({ mean: NumberOrNull, halfWidth: NumberOrNull });
const Elasticities = Type.Object({ supply: Bounds, demand: Bounds });
const verdict = OneOf(VERDICTS, { description: 'What binds.' });

/** Keys that only newer versions write are optional; keys that are not listed are ignored. */
const ScalingFile = Type.Object({
  scenario: Type.Optional(Type.Object({ name: Type.String(), hash: Type.String() })),
  replications: Type.Optional(Type.Integer({ minimum: 1 })),
  confidence: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
  points: Type.Array(
    Type.Object({
      gpus: Type.Number({ exclusiveMinimum: 0 }),
      present: Type.Optional(Type.Boolean()),
      estimates: Type.Array(
        Type.Object({
          scope: Type.String(),
          metric: Type.String(),
          unit: Type.String(),
          mean: NumberOrNull,
          halfWidth: NumberOrNull,
          n: Type.Integer(),
        }),
      ),
    }),
    { minItems: 1 },
  ),
  elasticity: Type.Object({
    revenue: Elasticities,
    tokens: Type.Optional(Elasticities),
    requests: Type.Optional(Elasticities),
  }),
  shadowPrice: Type.Object({
    unit: Type.String(),
    forward: Bounds,
    backward: Bounds,
    cost: Type.Optional(NumberOrNull),
    idleCost: Type.Optional(NumberOrNull),
    advice: Type.Optional(Type.String()),
  }),
  regime: Type.Object({
    verdict,
    rule: Type.String(),
    byHour: Type.Array(Type.Object({ hourOfDay: Type.Integer(), verdict, supplyShare: Bounds })),
    byTier: Type.Optional(
      Type.Array(
        Type.Object({ tier: Type.String(), verdict, supply: Bounds, demand: Bounds, supplyShare: Bounds }),
      ),
    ),
  }),
});

export type ScalingFile = Static<typeof ScalingFile>;

/** Throws `InputError` for a file that does not exist or is not such a document. */
export function readScalingFile(path: string): ScalingFile {
  return new SchemaReader(ScalingFile).read(new SourceDocument(readGivenText(path), path));
}
