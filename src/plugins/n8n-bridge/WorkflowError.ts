/** Why a workflow gave no answer; the log names it, the person reads one apology whatever it is. */
export type WorkflowFault =
  | 'unreachable'
  | 'not found'
  | 'refused'
  | 'redirected'
  | 'rejected'
  | 'failed'
  | 'timeout'
  | 'too large'
  | 'empty'
  | 'html'
  | 'unreadable';

const cures: Readonly<Record<WorkflowFault, string>> = {
  unreachable: 'n8n cannot be reached: check that it runs and that N8N_WEBHOOK_URL names its host and port.',
  'not found':
    'n8n knows no such webhook: activate the workflow, and use its production URL (not the test URL) in N8N_WEBHOOK_URL.',
  refused:
    'n8n refuses the call: check N8N_AUTH_HEADER_NAME and N8N_AUTH_HEADER_VALUE against the webhook’s Header Auth credential.',
  redirected: 'The address redirects, which is not followed: put the final address in N8N_WEBHOOK_URL.',
  rejected: 'n8n does not accept the call: check that the webhook takes POST.',
  failed: 'The workflow failed: look at its executions in n8n.',
  timeout: 'The workflow took too long: make it faster or raise N8N_TIMEOUT_MS.',
  'too large': 'The answer is larger than 1 MiB: make the workflow answer with its text only.',
  empty: 'The workflow answered with nothing: let a "Respond to Webhook" node be reached on every path.',
  html: 'The answer is an HTML page: check that N8N_WEBHOOK_URL is the webhook’s address and not a proxy’s page.',
  unreadable: 'The answer has no text that can be found: answer with {"output": "…"}.',
};

/** A call of the workflow that brought no answer. The message names the cause and the cure and quotes nothing. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError';
  readonly fault: WorkflowFault;
  /** The fault, for the log. */
  readonly code: string;

  constructor(fault: WorkflowFault, options?: ErrorOptions & { status?: number }) {
    super(options?.status === undefined ? cures[fault] : `HTTP ${options.status}. ${cures[fault]}`, options);
    this.fault = fault;
    this.code = fault;
  }
}
