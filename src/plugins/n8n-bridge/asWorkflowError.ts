import { WorkflowError, type WorkflowFault } from './WorkflowError.ts';

/** Names what a call failed of. */
export function asWorkflowError(error: unknown): WorkflowError {
  return error instanceof WorkflowError ? error : new WorkflowError(faultOf(error), { cause: error });
}

function faultOf(error: unknown): WorkflowFault {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'TimeoutError') return 'timeout';
  const code = String((innermost(error) as NodeJS.ErrnoException).code);
  // What zlib says of bytes that are not its own: https://nodejs.org/api/zlib.html#constants
  if (code.startsWith('Z_')) return 'unreadable';
  return /^(ECONNRESET|EPIPE)$/.test(code) ? 'cut' : 'unreachable';
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
