/** `scaling`: shows what the fleet would earn at other sizes, what a GPU is worth, and what the binding constraint is. */
import { scalingCampaign } from '../../campaigns/scaling.ts';
import { campaignInputs, printDocument, runCampaign, scenarioOf } from '../shared/campaign-run.ts';
import { EXIT_INTERRUPTED } from '../shared/interrupt.ts';
import { checkOutputs, writeOutput } from '../shared/output-file.ts';
import { scalingTable } from './table.ts';
import type { ScalingOptions } from './command.ts';

/** Returns the exit code. Throws `InputError` for faults in the file or the options, and what running throws. */
export async function scaling(file: string, options: ScalingOptions): Promise<number> {
  const { replications = null, gpus, pool = null, step, seed, confidence, picture } = options;
  const scenario = await scenarioOf(file, options);
  const request = { scenario, replications, gpus, pool, step, seed, confidence };
  const campaign = scalingCampaign(request, campaignInputs());
  checkOutputs(picture);
  const document = await runCampaign(campaign, options);
  if (document === null) return EXIT_INTERRUPTED;
  printDocument(document, options, scalingTable);
  if (picture !== undefined) {
    const { scalingPage, scalingPicture } = await import('./picture.ts');
    const draw = picture.endsWith('.html') ? scalingPage : scalingPicture;
    writeOutput(picture, draw(document));
  }
  return 0;
}
