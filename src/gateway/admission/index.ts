/** The admission rules a gateway can choose. */
import { Family } from '../../strategy.ts';
import { bounded } from './bounded.ts';
import { unbounded } from './unbounded.ts';

export const admissions = new Family('admission', 'Who may enter the waiting line.', [unbounded, bounded]);

export type { Admission } from './admission.ts';
