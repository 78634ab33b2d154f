/**
 * Axes of pictures: derives an axis's label and tick text from the unit of its quantity. Every picture uses them, so
 * shares are in percent, times in a unit that fits, and no number ends in an SI letter.
 */
import { isShare, unitText } from '../../units.ts';

/** The label of an axis, with its unit, and the format of its ticks. */
export interface Axis {
  readonly label: string;
  readonly tickFormat: (value: number) => string;
}

/** The axis of a quantity in a unit; `values` are the values drawn, which determine the unit of a time. */
export function axisOf(name: string, unit: string, values: readonly (number | null)[] = []): Axis {
  const most = values.reduce<number>((largest, value) => Math.max(largest, Math.abs(value ?? 0)), 0);
  if (unit === 's') {
    const [factor, fitting] = TIMES.find(([, , below]) => most > 0 && most < below) ?? [1, 's'];
    return axis(name, fitting, (value) => `${exact(factor * value)} ${fitting}`);
  }
  if (isShare(unit)) return axis(name, unitText(unit), (value) => `${exact(100 * value)} %`);
  if (unit.startsWith('USD')) return axis(name, unit, (value) => magnitude(value, '$'));
  return axis(name, unit, (value) => magnitude(value));
}

/** The axis of a change in a quantity: shares change by percentage points. */
export function changeAxisOf(name: string, unit: string, values: readonly (number | null)[]): Axis {
  const { label, tickFormat } = axisOf(name, unit, values);
  return { label: isShare(unit) ? `${name} [${unitText(unit)} points]` : label, tickFormat };
}

const axis = (name: string, unit: string, tickFormat: Axis['tickFormat']): Axis => ({
  label: `${name} [${unit}]`,
  // Plot passes the index of each tick as well.
  tickFormat: (value) => (value < 0 ? `−${tickFormat(-value)}` : tickFormat(value)),
});

/** Units of time: how many make a second, the name, and the time below which the unit fits [s]. */
const TIMES = [
  [1e6, 'µs', 1e-3],
  [1e3, 'ms', 1],
] as const;

/** A tick in full, with separators; floating-point noise is rounded off. */
export const exact = (value: number): string =>
  Number(value.toPrecision(12)).toLocaleString('en-US', { maximumSignificantDigits: 12 });

const MAGNITUDES = [
  [1e9, ' B'],
  [1e6, ' M'],
  [1e4, ' k'],
] as const;

/** From ten thousand on in thousands, millions and billions, as is usual for dollars. */
function magnitude(value: number, sign = ''): string {
  const [least, name] = MAGNITUDES.find(([one]) => value >= one) ?? [1, ''];
  const unit = name === ' k' ? 1e3 : least;
  return `${sign}${exact(value / unit)}${name}`;
}

/** Ticks of a logarithmic axis: powers of ten, or 1, 2 and 5 times these where there would be few. */
export function logTicks(from: number, to: number): number[] {
  const ticks = (steps: readonly number[]) => {
    const first = Math.floor(Math.log10(from));
    return Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, index) => first + index)
      .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
      .filter((tick) => tick >= from && tick <= to);
  };
  const powers = ticks([1]);
  return powers.length > 2 ? powers : ticks([1, 2, 5]);
}
