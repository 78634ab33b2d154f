/** `sensitivity`: shows which values of a scenario matter, by Morris's elementary effects or one at a time. */
import { refusal } from '../../campaigns/campaign.ts';
import { sensitivityCampaign } from '../../campaigns/sensitivity.ts';
import { titleOf } from '../../store/changes.ts';
import { campaignInputs, printDocument, runCampaign, scenarioOf } from '../shared/campaign-run.ts';
import { EXIT_INTERRUPTED } from '../shared/interrupt.ts';
import { checkOutputs, writeOutput } from '../shared/output-file.ts';
import { morrisTable, tornadoTable } from './table.ts';
import type { SensitivityOptions } from './command.ts';

/** Returns the exit code. */
export async function sensitivity(file: string, options: SensitivityOptions): Promise<number> {
  const { vary, method, walks, levels, metric, seed, replications, confidence, picture } = options;
  if (picture !== undefined && method === 'morris')
    throw refusal('--picture', 'draws a tornado; add --method tornado');
  const scenario = await scenarioOf(file, options);
  const request = { scenario, vary, method, walks, levels, metrics: metric, seed, replications, confidence };
  const campaign = sensitivityCampaign(request, campaignInputs());
  checkOutputs(picture);
  const document = await runCampaign(campaign, options);
  if (document === null) return EXIT_INTERRUPTED;
  printDocument(document, options, () =>
    document.method === 'morris' ? morrisTable(document) : tornadoTable(document),
  );
  if (picture !== undefined && document.method === 'tornado') {
    const { tornadoPicture } = await import('./picture.ts');
    const title = titleOf({ name: document.scenario, changes: document.changes });
    writeOutput(picture, tornadoPicture(title, document.results[0]!));
  }
  return 0;
}
