import type { Readable } from 'node:stream';
import type { HttpAnswer } from './HttpClient.ts';
import type { WorkflowFault } from './WorkflowError.ts';

/** Bytes of n8n's explanation that are looked at. */
const longestHint = 8_192;

/** Whether an answer may say something, as its status tells. */
export const isGood = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

/** What one is that is not good. Reads at most 8 KiB of it, and keeps nothing. */
export async function faultOfAnswer({ status, body }: HttpAnswer): Promise<WorkflowFault> {
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 404) return faultOfHint(await readStart(body));
  if (status === 401 || status === 403) return 'refused';
  if (status === 405) return 'wrong method';
  if (status === 502 || status === 503) return 'unavailable';
  if (status === 504 || status === 524) return 'proxy timeout';
  return status < 500 ? 'rejected' : 'failed';
}

// n8n's own sentences, which stand in the JSON of its 404; whatever else says 404 is not n8n, or n8n while it starts.
function faultOfHint(body: string): WorkflowFault {
  if (body.includes('This webhook is not registered for')) return 'wrong method';
  if (body.includes('must be active for a production URL')) return 'inactive';
  if (body.includes('In test mode, the webhook only works for one call')) return 'test url';
  return 'not found';
}

async function readStart(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= longestHint) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, longestHint);
}
