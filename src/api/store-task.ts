/**
 * The server's operations on the store: everything that writes, reads much or reads scenarios, so that the thread that
 * answers requests never waits. A thread of the pool runs them by these names.
 */
export { deleteScenario, listScenarios, storeScenario, validate } from './store-operations/scenarios.ts';
export {
  cancel,
  cancelCampaign,
  deleteBatch,
  deleteCampaign,
  submit,
  submitCampaign,
} from './store-operations/submissions.ts';
export {
  beginDownload,
  campaignResult,
  compare,
  estimates,
  estimatesOf,
  hourly,
  reprice,
  result,
  values,
} from './store-operations/results.ts';
export { endAnswer, nextPiece } from './store-operations/answers-in-pieces.ts';
