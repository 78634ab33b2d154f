/** `sweep`: runs a scenario with some of its values varied, under common random numbers. */
import { stringify } from 'csv-stringify/sync';
import { refusal } from '../../campaigns/campaign.ts';
import { readMetrics } from '../../campaigns/chosen-metrics.ts';
import { sweepCampaign, type SweepDocument } from '../../campaigns/sweep.ts';
import { markedText } from '../../input/csv-text.ts';
import type { MetricAddress } from '../../experiments/metric-address.ts';
import { campaignInputs, printDocument, runCampaign, scenarioOf } from '../shared/campaign-run.ts';
import { EXIT_INTERRUPTED } from '../shared/interrupt.ts';
import { checkOutputs, writeOutput } from '../shared/output-file.ts';
import { sweepTable } from './table.ts';
import type { SweepOptions } from './command.ts';

/** Metrics shown by default, where the scenario has them. */
const SHOWN: readonly MetricAddress[] = ['share.served', 'e2e.mean', 'ttft.p99', 'revenue'].map((metric) => ({
  scope: 'total',
  metric,
}));

/** Returns the exit code. */
export async function sweep(file: string, options: SweepOptions): Promise<number> {
  const { vary, design, points = null, metric, seed, replications, confidence, out, picture } = options;
  if (picture !== undefined && vary.length > 2)
    throw refusal('--picture', 'draws one or two varied values; vary fewer, or leave it out');
  const scenario = await scenarioOf(file, options);
  const request = { scenario, vary, design, points, metrics: metric, seed, replications, confidence };
  const campaign = sweepCampaign(request, campaignInputs());
  checkOutputs(out, picture);
  const document = await runCampaign(campaign, options);
  if (document === null) return EXIT_INTERRUPTED;
  const shown = readMetrics(metric, undefined, scenario.plugins) ?? SHOWN;
  printDocument(document, options, () => sweepTable(document, shown));
  if (out !== undefined) writeOutput(out, csvOf(document));
  if (picture !== undefined) {
    const { sweepPicture } = await import('./picture.ts');
    writeOutput(picture, sweepPicture(document, shown[0]!));
  }
  return 0;
}

/** A row for each metric of each point, with the value of every path in its own column. */
function csvOf({ varied, points }: SweepDocument): string {
  const paths = varied.map(({ path }) => path);
  return stringify(
    points.flatMap(({ values, estimates }, point) =>
      estimates.map(({ scope, metric, unit, mean, halfWidth, n }) => [
        point,
        ...paths.map((path) => values[path]),
        scope,
        metric,
        unit,
        mean,
        halfWidth,
        n,
      ]),
    ),
    {
      header: true,
      columns: ['point', ...paths, 'scope', 'metric', 'unit', 'mean', 'half_width', 'n'],
      cast: { string: markedText },
    },
  );
}
