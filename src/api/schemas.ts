/**
 * Schemas of the requests and answers sent over HTTP, by resource. The types, the checks and the OpenAPI document all
 * derive from them; named schemas stand in the document in this order.
 */
export * from './schemas/components.ts';
export * from './schemas/problems.ts';
export * from './schemas/scenarios.ts';
export * from './schemas/batches.ts';
export * from './schemas/campaigns.ts';
export * from './schemas/results.ts';
export * from './schemas/choices.ts';
export * from './schemas/as-written.ts';
