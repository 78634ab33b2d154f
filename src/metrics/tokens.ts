/** What service completes in the window: requests and tokens, and how fast. */
import type { FlowCounter, Ledger } from '../simulation/ledger.ts';
import { poolOf, secondsOf, tierOf, value, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier', 'pool', 'hour'] as const;

function completed(ledger: Ledger, counter: FlowCounter, scope: Scope): number {
  return scope.kind === 'hour'
    ? ledger.flowTotal(counter, null, null, scope.hour)
    : ledger.flowTotal(counter, tierOf(scope), poolOf(scope));
}

function tokens(name: string, counter: FlowCounter, summary: string): Metric {
  return {
    name,
    unit: 'tokens',
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) => value(completed(ledger, counter, scope)),
  };
}

function throughput(name: string, unit: string, counter: FlowCounter, summary: string): Metric {
  return {
    name,
    unit,
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) => value(completed(ledger, counter, scope) / secondsOf(ledger, scope)),
  };
}

export const tokenMetrics: readonly Metric[] = [
  tokens(
    'tokens.prompt',
    'promptTokens',
    'Prompt tokens of the requests completed in the window, cached ones included.',
  ),
  tokens('tokens.cached', 'cachedTokens', 'Of the prompt tokens, those found in the prefix cache.'),
  tokens('tokens.output', 'outputTokens', 'Output tokens of the requests completed in the window.'),
  tokens(
    'tokens.cancelledPrompt',
    'cancelledPromptTokens',
    'Prompt tokens of requests given up in the window after their first token.',
  ),
  tokens(
    'tokens.cancelledOutput',
    'cancelledOutputTokens',
    'Output tokens that requests given up in the window had received: work, but not goodput.',
  ),
  throughput('throughput.requests', 'requests/s', 'completed', 'Requests completed per second.'),
  throughput(
    'throughput.outputTokens',
    'tokens/s',
    'outputTokens',
    'Output tokens of completed requests per second.',
  ),
];
