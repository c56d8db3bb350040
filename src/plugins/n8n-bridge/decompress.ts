import type { IncomingMessage } from 'node:http';
import { finished, type Readable } from 'node:stream';
import { constants, createUnzip, type Unzip } from 'node:zlib';
import { releasePiece } from './releasePiece.ts';
import { WorkflowError } from './WorkflowError.ts';

/** What is asked for. Brotli and Zstandard are not: an answer may make them keep megabytes of what came before. */
export const acceptedEncoding = 'gzip';

const { Z_SYNC_FLUSH } = constants;

const options = {
  // What can be read of a stream is wanted at once, and no more than that is read ahead.
  flush: Z_SYNC_FLUSH,
  finishFlush: Z_SYNC_FLUSH,
  highWaterMark: 1,
  // Less would be taken from Node's pool, and could not be released: https://nodejs.org/api/buffer.html#static-method-bufferallocunsafesize
  chunkSize: Buffer.poolSize / 2,
};

/** The body as it was before a server or a proxy compressed it; whoever reads one that cannot be is told so. */
export function decompress(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  // Some servers put a charset there, or "none".
  if (!/\b(gzip|deflate|compress|br|zstd)\b/.test(encoding)) return response;
  // Not thrown: of an error status, the status tells more.
  if (!/^(x-gzip|gzip|deflate)$/.test(encoding)) return response.destroy(new WorkflowError('unreadable'));
  const unzip = createUnzip(options);
  feed(unzip, response);
  return unzip.once('close', () => response.destroy());
}

function feed(unzip: Unzip, compressed: Readable): void {
  compressed.on('data', (piece: Buffer<ArrayBuffer>) => {
    compressed.pause();
    unzip.write(piece, (error) => {
      // After an error it may still be read, by another thread.
      if (!error) releasePiece(piece);
      compressed.resume();
    });
  });
  // Whoever reads it is told why it ended.
  finished(compressed, (error) => (error ? unzip.destroy(error) : unzip.end()));
}
