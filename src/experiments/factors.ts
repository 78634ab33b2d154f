/**
 * Factors: the values of a scenario that an experiment varies, as they are written on a command line. It knows lists and
 * distributions of values, and nothing of the value at a path.
 */
import jStat from 'jstat';
import { ParameterError } from '../errors.ts';

/** One value of a scenario that is varied. */
export interface Factor {
  readonly path: string;
  /** Its values as they are written, or `null` where it has a distribution. */
  readonly values: readonly string[] | null;
  /** How the distribution is written; `null` for a list. */
  readonly distribution: string | null;
  /** The value at a share of the distribution, from 0 to 1; of a list, equal shares each. Numbers have six digits. */
  at(share: number): string;
}

/** A distribution that a factor may have, by its quantiles. */
interface FactorDistribution {
  readonly takes: readonly string[];
  /** What is wrong with the numbers, or `null`. */
  readonly refuses: (...numbers: number[]) => string | null;
  readonly quantile: (share: number, ...numbers: number[]) => number;
  /**
   * Shares below and above which the distribution is cut where ends are asked for: 0 for a distribution that has ends.
   */
  readonly tail: number;
}

const rising = (low: number, high: number) => (low < high ? null : 'the first must be below the second');

/** Shares of a distribution without ends that count as its ends. */
const TAIL = 0.05;

/** The distributions there are, by name. */
export const FACTOR_DISTRIBUTIONS: Readonly<Record<string, FactorDistribution>> = {
  uniform: {
    takes: ['low', 'high'],
    refuses: rising,
    quantile: (share, low, high) => low + share * (high - low),
    tail: 0,
  },
  'log-uniform': {
    takes: ['low', 'high'],
    refuses: (low, high) => (low > 0 ? rising(low, high) : 'both must be above zero'),
    quantile: (share, low, high) => low * (high / low) ** share,
    tail: 0,
  },
  integers: {
    takes: ['low', 'high'],
    refuses: (low, high) =>
      Number.isSafeInteger(low) && Number.isSafeInteger(high)
        ? rising(low, high)
        : 'both must be whole numbers',
    quantile: (share, low, high) => Math.min(high, low + Math.floor(share * (high - low + 1))),
    tail: 0,
  },
  triangular: {
    takes: ['low', 'mode', 'high'],
    refuses: (low, mode, high) =>
      low <= mode && mode <= high && low < high ? null : 'they must rise from low by mode to high',
    quantile: (share, low, mode, high) => {
      const [left, right, width] = [mode - low, high - mode, high - low];
      return share * width < left
        ? low + Math.sqrt(share * width * left)
        : high - Math.sqrt((1 - share) * width * right);
    },
    tail: 0,
  },
  normal: {
    takes: ['mean', 'sd'],
    refuses: (_, sd) => (sd > 0 ? null : 'the second must be above zero'),
    quantile: (share, mean, sd) => jStat.normal.inv(share, mean, sd),
    tail: TAIL,
  },
  lognormal: {
    takes: ['mean', 'cv'],
    refuses: (mean, cv) => (mean > 0 && cv > 0 ? null : 'both must be above zero'),
    quantile: (share, mean, cv) => {
      const sigma = Math.sqrt(Math.log1p(cv * cv));
      return (mean / Math.sqrt(1 + cv * cv)) * Math.exp(sigma * jStat.normal.inv(share, 0, 1));
    },
    tail: TAIL,
  },
};

const CALL = /^([a-z-]+)\((.*)\)$/s;
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z%]*)$/i;
const DIGITS = 6;

/**
 * A factor as it is written: `PATH=V1,V2,…` or `PATH=DISTRIBUTION(…)`. Throws `ParameterError` with what is wrong and
 * a remedy.
 */
export function parseFactor(text: string): Factor {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).trim();
  const written = text.slice(equals + 1).trim();
  if (path === '')
    throw new ParameterError('', 'expected PATH=V1,V2,… such as fleet.pools[0].replicas=4,8,16');
  if (written === '')
    throw new ParameterError(
      '',
      `no values; write ${path}=V1,V2,… or a distribution such as ${path}=uniform(1,5)`,
    );
  const call = CALL.exec(written);
  return call === null ? listOf(path, written) : distributionOf(path, written, call[1]!, call[2]!);
}

function listOf(path: string, written: string): Factor {
  const values = splitList(written).map((value) => value.trim());
  if (values.some((value) => value === ''))
    throw new ParameterError('', 'one of the values is empty; leave out the comma, or write null');
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) throw new ParameterError('', `duplicate value ${twice}; write it once`);
  const last = values.length - 1;
  return {
    path,
    values,
    distribution: null,
    at: (share) => values[Math.min(last, Math.floor(share * values.length))]!,
  };
}

function distributionOf(path: string, written: string, name: string, inner: string): Factor {
  const distribution = Object.hasOwn(FACTOR_DISTRIBUTIONS, name) ? FACTOR_DISTRIBUTIONS[name]! : undefined;
  if (distribution === undefined)
    throw new ParameterError(
      '',
      `no distribution is called ${name}; known: ${Object.keys(FACTOR_DISTRIBUTIONS).join(', ')}`,
    );
  const form = `${name}(${distribution.takes.join(', ')})`;
  const parts = inner.split(',').map((part) => QUANTITY.exec(part.trim()));
  if (parts.length !== distribution.takes.length || parts.some((part) => part === null))
    throw new ParameterError('', `${written} is not ${form} in numbers, with a unit where the value has one`);
  const numbers = parts.map((part) => Number(part![1]));
  // A coefficient of variation has no unit.
  const units = parts.map((part) => part![2]!).slice(0, name === 'lognormal' ? 1 : undefined);
  if (new Set(units).size > 1)
    throw new ParameterError('', `${written} mixes units; write ${form} in one of them`);
  const refusal = distribution.refuses(...numbers);
  if (refusal !== null) throw new ParameterError('', `${written} is no ${form}: ${refusal}`);
  const within = (share: number) =>
    distribution.tail === 0 ? share : Math.min(1 - Number.EPSILON, Math.max(Number.MIN_VALUE, share));
  return {
    path,
    values: null,
    distribution: written,
    at: (share) =>
      `${Number(distribution.quantile(within(share), ...numbers).toPrecision(DIGITS))}${units[0]}`,
  };
}

/** The values between commas that are outside brackets and quotes. */
function splitList(text: string): string[] {
  const values = [''];
  let depth = 0;
  let quote = '';
  for (const character of text) {
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if ('[{('.includes(character)) depth += 1;
    else if (']})'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0 && quote === '') values.push('');
    else values[values.length - 1] += character;
  }
  return values;
}

/**
 * The share of a factor at a place of the unit interval whose ends are to be tried: distributions without ends are cut
 * there.
 */
export function shareBetweenEnds({ distribution }: Factor, place: number): number {
  const tail = distribution === null ? 0 : FACTOR_DISTRIBUTIONS[CALL.exec(distribution)![1]!]!.tail;
  return tail + place * (1 - 2 * tail);
}
