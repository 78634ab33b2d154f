/**
 * What a campaign is asked, and what makes two campaigns the same. It knows what decides the document, and not where it
 * is kept.
 */
import { createHash } from 'node:crypto';
import type { Program } from '../files/program.ts';
import type { PluginFile } from '../plugins/plugins.ts';
import { NODE } from './batch-identity.ts';

/** The kinds of campaigns, as a column of a row has them. */
export const CAMPAIGN_KINDS = ['compare', 'sweep', 'sensitivity', 'scaling', 'subscribers'] as const;
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number];

/** A scenario of a campaign. */
export interface CampaignScenario {
  readonly name: string;
  /** What it is called where two scenarios have the same name. */
  readonly given: string;
  readonly hash: string;
  readonly text: string;
  readonly overrides: readonly string[];
}

/** What a campaign is asked. */
export interface CampaignToStore {
  readonly kind: CampaignKind;
  readonly scenarios: readonly CampaignScenario[];
  /** What its kind takes beside its scenarios. */
  readonly parameters: object;
}

/** The digest of everything that decides the document of a campaign, 64 hexadecimal digits. */
export function campaignId(
  { kind, scenarios, parameters }: CampaignToStore,
  program: Program,
  plugins: readonly PluginFile[],
): string {
  // Without plugins it is what it was before there were any.
  const digests = plugins.length === 0 ? [] : [plugins.map(({ digest }) => digest)];
  const decides = [kind, scenarios, parameters, program.version, program.code, NODE, ...digests];
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}
