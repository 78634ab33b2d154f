/** The rationing study in words and tables. Every figure is computed; it knows no file and no clock. */
import {
  ENOUGH,
  nameOfDowngrade,
  NONE_SHED,
  SHARES_DOWNGRADED,
  type Check,
  type Figure,
  type RationingCase,
} from './rationing-cases.ts';

export interface CaseResult {
  readonly studied: RationingCase;
  /** In the order of its checks. */
  readonly figures: readonly Figure[];
}

export interface Study {
  readonly replications: number;
  /** Requests/s of all engines together. */
  readonly capacity: Figure;
  readonly cases: readonly CaseResult[];
}

/** Whether a figure is what the statement allows: its estimate, not its interval, must lie there. */
export function passes({ target, allows }: Check, { value }: Figure): boolean {
  if (allows === 'least') return value >= target;
  if (allows === 'most') return value <= target;
  return Math.abs(value - target) <= allows.within;
}

/** The least share of free traffic, of those studied, from which on nothing is shed; `null` when there is none. */
export function enoughMeasured(cases: readonly CaseResult[]): number | null {
  const downgraded = SHARES_DOWNGRADED.flatMap((share) => {
    const found = cases.find(({ studied }) => studied.name === nameOfDowngrade(share));
    return found === undefined ? [] : [{ share, shed: found.figures[0]!.value }];
  });
  const from = downgraded.findLastIndex(({ shed }) => shed > NONE_SHED) + 1;
  return downgraded[from]?.share ?? null;
}

const places = 4;
const shown = ({ value, halfWidth }: Figure) =>
  `${value.toFixed(places)}${halfWidth === null ? '' : ` ± ${halfWidth.toFixed(places)}`}`;

function targetOf({ target, allows, law }: Check): string {
  const number = target.toFixed(places);
  if (allows === 'least') return `≥ ${number} (${law})`;
  if (allows === 'most') return `≤ ${number} (${law})`;
  return `${number} ± ${allows.within.toFixed(3)} (${law})`;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function caseTable({ studied, figures }: CaseResult): string {
  return `### ${studied.name}

${studied.about}

${[
  row(['', 'target', 'simulated, 95 %', '']),
  row(['---', '---', '---', '---']),
  ...studied.checks.map((check, index) =>
    row([
      check.says,
      targetOf(check),
      shown(figures[index]!),
      passes(check, figures[index]!) ? 'pass' : '**fail**',
    ]),
  ),
].join('\n')}`;
}

export function rationingReport({ cases, replications, capacity }: Study): string {
  const checks = cases.flatMap(({ studied, figures }) =>
    studied.checks.map((check, index) => passes(check, figures[index]!)),
  );
  const enough = enoughMeasured(cases);
  const near = enough !== null && Math.abs(enough - 0.3) <= 0.02;
  return `# Rationing

Statement 8 of the fact base: what a fleet does that is asked for more than it can do. Made by \`npm run study:rationing\`; ${replications} replications each, seed \`rationing\`; half-widths are Student's over replications. Loads ρ are work offered before anyone comes back, over what the fleet can do. A figure passes when its estimate is within what the statement allows.

**${checks.filter(Boolean).length} of ${checks.length} figures pass.** From ${enough === null ? 'no share studied' : `${Math.round(100 * enough)} %`} of free traffic on, sent to a small model of a fifth of the work, fewer than one request in ${1 / NONE_SHED} is shed (at ρ = 1.2, of which 70 % is free; the fluid says ${(100 * ENOUGH).toFixed(1)} %, the statement 30 ± 2 %: ${near ? 'pass' : '**fail**'}).

What to keep in mind: the laws are those of a fluid, and hold for large cells whose clients come back independently. Retries do not change what is lost in the end; they nearly double what the gateway sees, and a fleet that refuses at the door loses no goodput by it. Backoff is the client libraries' 0.5 s × 2ⁿ up to 8 s, with full jitter where they take off up to a quarter. Engines' capacity is what they serve with a line that never ends: ${capacity.value.toFixed(1)} ± ${capacity.halfWidth!.toFixed(1)} requests/s. That a request goes to the small model is free of charge here; what its answer is worth is the price book's affair.

${cases.map(caseTable).join('\n\n')}
`;
}
