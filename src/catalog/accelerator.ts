/**
 * Accelerators: data-sheet values of one GPU, and its power draw. It knows peaks; how much of a peak an engine
 * reaches is up to the step-time model. Prices are elsewhere: one GPU has many.
 */
import { Type, type Static } from 'typebox';
import { ParameterError } from '../errors.ts';
import { Fields } from '../input/schema.ts';
import {
  CountQuantity,
  ENTRY_FIELDS,
  optionalValueOf,
  PositiveQuantity,
  Quantity,
  valueOf,
} from './provenance.ts';

/** One GPU. SI units throughout; peaks are dense, never "with sparsity". */
export interface Accelerator {
  readonly name: string;
  readonly summary: string;
  /** Memory a program sees [bytes], which is not the number it is sold by. */
  readonly memoryBytes: number;
  /** Peak of reading memory [bytes/s]. */
  readonly memoryBandwidth: number;
  /** Dense peaks [FLOP/s]; `null` where the format is not computed in. */
  readonly peakFlops: { readonly bf16: number; readonly fp8: number | null; readonly fp4: number | null };
  /** Link to the other GPUs of the host or rack, one direction [bytes/s]. */
  readonly interconnectBandwidth: number;
  /** GPUs that the link joins, and each one's network to those beyond [bytes/s]; `null` where the link joins all. */
  readonly network: { readonly linkedGpus: number; readonly bandwidth: number } | null;
  /** Electric power of one GPU with its share of the host, before cooling, with nothing to do [W]. */
  readonly idlePower: number;
  /** The same while it computes [W]. */
  readonly busyPower: number;
}

export const AcceleratorEntry = Fields(
  {
    kind: Type.Literal('accelerator'),
    ...ENTRY_FIELDS,
    values: Fields({
      memoryBytes: PositiveQuantity('Memory a program sees on one GPU [bytes].'),
      memoryBytesPerSecond: PositiveQuantity('Peak memory bandwidth of one GPU [bytes/s].'),
      bf16FlopPerSecond: PositiveQuantity('Dense peak in bf16 [FLOP/s].'),
      fp8FlopPerSecond: Type.Optional(
        PositiveQuantity('Dense peak in fp8 [FLOP/s]; leave out where there is none.'),
      ),
      fp4FlopPerSecond: Type.Optional(
        PositiveQuantity('Dense peak in fp4 [FLOP/s]; leave out where there is none.'),
      ),
      interconnectBytesPerSecond: PositiveQuantity(
        'Link to the other GPUs of the host or rack, one direction [bytes/s].',
      ),
      linkedGpus: Type.Optional(
        CountQuantity(
          'GPUs that the link joins; all of a replica when left out. Give networkBytesPerSecond.',
        ),
      ),
      networkBytesPerSecond: Type.Optional(
        PositiveQuantity('Network of one GPU to those beyond the link, one direction [bytes/s].'),
      ),
      idleWatts: Quantity({
        description: 'Power of a GPU with its share of the host, idle [W].',
        minimum: 0,
      }),
      busyWatts: PositiveQuantity('Power of a GPU with its share of the host, computing [W].'),
    }),
  },
  { description: 'An accelerator.' },
);

/** Throws `ParameterError` when the watts contradict each other, or half of a network is given. */
export function readAccelerator(entry: Static<typeof AcceleratorEntry>): Accelerator {
  const { values } = entry;
  const idlePower = valueOf(values.idleWatts);
  const busyPower = valueOf(values.busyWatts);
  if (idlePower > busyPower) {
    throw new ParameterError(
      'values.idleWatts',
      `${idlePower} W is more than busyWatts, ${busyPower} W; idle draws less`,
    );
  }
  const linkedGpus = optionalValueOf(values.linkedGpus);
  const bandwidth = optionalValueOf(values.networkBytesPerSecond);
  if ((linkedGpus === null) !== (bandwidth === null)) {
    throw new ParameterError(
      linkedGpus === null ? 'values.networkBytesPerSecond' : 'values.linkedGpus',
      'must be given together: give both linkedGpus and networkBytesPerSecond, or neither',
    );
  }
  return {
    name: entry.name,
    summary: entry.summary,
    memoryBytes: valueOf(values.memoryBytes),
    memoryBandwidth: valueOf(values.memoryBytesPerSecond),
    peakFlops: {
      bf16: valueOf(values.bf16FlopPerSecond),
      fp8: optionalValueOf(values.fp8FlopPerSecond),
      fp4: optionalValueOf(values.fp4FlopPerSecond),
    },
    interconnectBandwidth: valueOf(values.interconnectBytesPerSecond),
    network: linkedGpus === null || bandwidth === null ? null : { linkedGpus, bandwidth },
    idlePower,
    busyPower,
  };
}

/**
 * Dense peak [FLOP/s] of multiplying weights of that many bytes: the narrowest format computed in that holds them.
 * An A100 multiplies 8-bit weights in bf16.
 */
export function peakFlopsFor(accelerator: Accelerator, bytesPerParameter: number): number {
  const { bf16, fp8, fp4 } = accelerator.peakFlops;
  if (bytesPerParameter <= 0.5 && fp4 !== null) return fp4;
  if (bytesPerParameter <= 1 && fp8 !== null) return fp8;
  return bf16;
}
