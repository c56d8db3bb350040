import { WorkflowError, type WorkflowFault } from './WorkflowError.ts';

/** Names what `fetch` failed of: its errors tell it by the code of their innermost cause only. */
export function asWorkflowError(error: unknown): WorkflowError {
  return error instanceof WorkflowError ? error : new WorkflowError(faultOf(error), { cause: error });
}

function faultOf(error: unknown): WorkflowFault {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'TimeoutError') return 'timeout';
  const code = String((innermost(error) as NodeJS.ErrnoException).code);
  // What zlib, Brotli and Zstandard say of bytes that are not theirs: https://nodejs.org/api/zlib.html#constants
  if (/^(Z_|ERR__ERROR_|ZSTD_)/.test(code)) return 'unreadable';
  return /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code) ? 'cut' : 'unreachable';
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
