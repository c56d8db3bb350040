import type { ServerResponse } from 'node:http';
import type { StandInPiece } from './WorkflowCall.ts';

/** Pieces of a stream that are remembered to be looked at. */
const mostKept = 500;

/**
 * Writes the pieces as they come, none before the connection can take it, and leaves the response open; returns what
 * was written. It ends early where the caller hangs up.
 */
export async function sendStream(
  pieces: AsyncIterable<StandInPiece> | Iterable<StandInPiece>,
  response: ServerResponse,
): Promise<(string | object)[]> {
  const written: (string | object)[] = [];
  const hungUp = new Promise((resolve) => response.once('close', resolve));
  response.flushHeaders();
  for await (const piece of pieces) {
    if (response.destroyed) break;
    const bytes = typeof piece === 'string' || Buffer.isBuffer(piece) ? piece : `${JSON.stringify(piece)}\n`;
    if (written.length < mostKept) written.push(Buffer.isBuffer(piece) ? piece.toString() : piece);
    if (!response.write(bytes)) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), hungUp]);
  }
  return written;
}
