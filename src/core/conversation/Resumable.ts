import type { Claim } from './Claim.ts';

/** A message that was taken on before and is taken up again. */
export interface Resumable extends Claim {
  /** How often it was handed out, this time included. */
  readonly attempts: number;
  /** Whether an earlier run of this very instance had it: then its journal holds the workflow's answer, if there was one. */
  readonly isOwn: boolean;
}
