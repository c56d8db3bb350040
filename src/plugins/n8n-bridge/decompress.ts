import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { constants, createUnzip, type Unzip } from 'node:zlib';
import { releasePiece } from './releasePiece.ts';
import { WorkflowError } from './WorkflowError.ts';

/** What is asked for. Brotli and Zstandard are not: an answer may make them keep megabytes of what came before. */
export const acceptedEncoding = 'gzip';

const { Z_SYNC_FLUSH } = constants;

// What can be read of a stream is wanted at once, and no more than that is read ahead.
const options = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH, chunkSize: 8_192, highWaterMark: 1 };

/** The body as it was before a server or a proxy compressed it; whoever reads one that cannot be is told so. */
export function decompress(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  // Some servers put a charset there, or "none".
  if (!/\b(gzip|deflate|compress|br|zstd)\b/.test(encoding)) return response;
  // Not thrown: of an error status, the status tells more.
  if (!/^(x-gzip|gzip|deflate)$/.test(encoding)) return response.destroy(new WorkflowError('unreadable'));
  const unzip = createUnzip(options);
  // Whoever reads it is told why it ended.
  feed(unzip, response).catch((error) => unzip.destroy(error));
  return unzip.once('close', () => response.destroy());
}

async function feed(unzip: Unzip, compressed: Readable): Promise<void> {
  for await (const piece of compressed as AsyncIterable<Buffer<ArrayBuffer>>) {
    await new Promise<void>((resolve, reject) => {
      unzip.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    releasePiece(piece);
  }
  unzip.end();
}
