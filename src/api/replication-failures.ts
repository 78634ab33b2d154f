/** Why replications failed, as shown to callers: locations within the program or its machine stay in the log. */
import { InvariantError } from '../errors.ts';
import type { ReplicationFailure } from '../store/stored-batch.ts';

const OUT_OF_MEMORY = /^out of memory\b.*/;

/** The code of a failure, and its reason. */
export function publicFailure({ failure, message }: ReplicationFailure): {
  readonly code: string;
  readonly detail: string;
} {
  switch (failure) {
    case 'invariant':
      return { code: new InvariantError('').code, detail: message };
    case 'died':
      return { code: 'environment-failed', detail: OUT_OF_MEMORY.exec(message)?.[0] ?? 'its thread died' };
    case 'defect':
      return { code: 'defect', detail: 'internal error, a bug in fleetyield; its log says more' };
  }
}
