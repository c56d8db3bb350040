import { OutsideError } from '#core';

/** Why a workflow gave no answer, and what to do about it; the person reads one apology whatever it is. */
export const workflowFaults = {
  unreachable: 'n8n cannot be reached: check that it runs and that N8N_WEBHOOK_URL names its host and port.',
  cut: 'The answer was cut off before its end: look whether n8n, or a proxy before it, restarts or crashes, and in n8n whether the run was stopped.',
  unavailable: 'A proxy finds no n8n behind it, or n8n is starting or has lost its database: look at its log.',
  inactive: 'n8n knows no active workflow at this address: activate it, and compare the path with its production URL.',
  'test url': 'This is the test URL, which works for one call only: put the production URL in N8N_WEBHOOK_URL.',
  'wrong method': 'The webhook takes another method: set it to POST.',
  'not found':
    'Nobody at this address knows the path: check N8N_WEBHOOK_URL, a proxy’s paths too. While n8n starts, it says the same.',
  refused:
    'n8n refuses the call: check N8N_AUTH_HEADER_NAME and N8N_AUTH_HEADER_VALUE against the webhook’s Header Auth credential.',
  redirected: 'The address redirects, which is not followed: put the final address in N8N_WEBHOOK_URL.',
  rejected: 'n8n, or a proxy before it, does not accept the call: look up the status, and in the proxy’s log.',
  failed: 'The workflow failed: look at its executions in n8n.',
  timeout: 'The workflow took too long: make it faster or raise N8N_TIMEOUT_MS.',
  'proxy timeout':
    'A proxy before n8n gave up waiting: make the workflow faster or raise the proxy’s limit (n8n Cloud’s is 100 s).',
  'too large':
    'The answer is larger than 1 MiB or has more than 50,000 values, or it is the largest of all that arrive just now and that are larger than 2 MiB together: make the workflow answer with its text only.',
  empty: 'The workflow answered with nothing: let a "Respond to Webhook" node be reached on every path.',
  html: 'The answer is an HTML page: check that N8N_WEBHOOK_URL is the webhook’s address and not a proxy’s page.',
  unreadable: 'The answer has no text that can be found: answer with {"output": "…"}.',
  'no callback':
    'The workflow wants to answer later and has no address for it: set PUBLIC_URL, or let the workflow respond when its last node finishes or by a "Respond to Webhook" node.',
  away: 'The workflow was not called, as the calls before it found it away: mend what the log said then.',
  'queue full':
    'N8N_MAX_WAITING turns wait already: make the workflow faster, or give n8n more workers and raise N8N_MAX_CONCURRENT.',
  'queue timeout':
    'The turn waited for others until nine tenths of N8N_TIMEOUT_MS were over: make the workflow faster, or give n8n more workers and raise N8N_MAX_CONCURRENT.',
} as const;

export type WorkflowFault = keyof typeof workflowFaults;

/** A call of the workflow that brought no answer. The message names the cause and the cure and quotes nothing. */
export class WorkflowError extends OutsideError {
  override readonly name = 'WorkflowError';
  readonly fault: WorkflowFault;
  readonly status: number | undefined;
  /** The fault, for the log. */
  readonly code: string;

  constructor(fault: WorkflowFault, options?: ErrorOptions & { status?: number }) {
    const cure = workflowFaults[fault];
    super(options?.status === undefined ? cure : `HTTP ${options.status}. ${cure}`, options);
    this.fault = fault;
    this.status = options?.status;
    this.code = fault;
  }
}
