import { UserError } from '@sapphire/framework';
import { asWorkflowError } from './asWorkflowError.ts';

/** What a person can be told of a call that was not made: too many wait, or the workflow is away. The rest stays as it is. */
export function asRefusal(error: unknown): unknown {
  const { fault, message } = asWorkflowError(error);
  if (fault === 'queue full' || fault === 'queue timeout') return new UserError({ identifier: 'Busy', message });
  if (fault === 'away') return new UserError({ identifier: 'WorkflowAway', message });
  return error;
}
