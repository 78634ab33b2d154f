/** `subscribers`: projects subscribers and load month by month, each driving the other through service quality. */
import { subscribersCampaign } from '../../campaigns/subscribers.ts';
import { campaignInputs, printDocument, runCampaign, scenarioOf } from '../shared/campaign-run.ts';
import { EXIT_INTERRUPTED } from '../shared/interrupt.ts';
import { subscribersTable } from './table.ts';
import type { SubscribersOptions } from './command.ts';

/** Returns the exit code. Throws `InputError` for faults in the file or the options, and what running throws. */
export async function subscribers(file: string, options: SubscribersOptions): Promise<number> {
  const { months: count, gpus, seed, replications, confidence } = options;
  const request = {
    scenario: await scenarioOf(file, options),
    months: count,
    gpus,
    seed,
    replications,
    confidence,
  };
  const campaign = subscribersCampaign(request, campaignInputs());
  const document = await runCampaign(campaign, options);
  if (document === null) return EXIT_INTERRUPTED;
  printDocument(document, options, subscribersTable);
  return 0;
}
