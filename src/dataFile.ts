import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Discord takes 10 MiB of a bot, the message around the file included: https://discord.com/developers/docs/reference#uploading-files */
const mostBytes = 10 * 2 ** 20 - 2 ** 14;

/** A file as a message takes it. */
interface DataFile {
  readonly name: string;
  readonly attachment: Buffer;
}

/** JSON as a file for Discord, packed when it is too large for it; undefined when it is too large even so. */
export async function dataFile(name: string, json: AsyncGenerator<Buffer, void>): Promise<DataFile | undefined> {
  const plain: Buffer[] = [];
  while (lengthOf(plain) <= mostBytes) {
    const { value } = await json.next();
    if (value === undefined) return { name: `${name}.json`, attachment: Buffer.concat(plain) };
    plain.push(value);
  }
  // Piece by piece: all of it at once would be much memory, and the garbage collector would stop everything to look for more.
  const rest = async function* (): AsyncGenerator<Buffer> {
    for (let piece = plain.shift(); piece !== undefined; piece = plain.shift()) yield piece;
    yield* json;
  };
  const packed = await pipeline(rest, createGzip(), (pieces: AsyncIterable<Buffer>) => Array.fromAsync(pieces));
  return lengthOf(packed) <= mostBytes ? { name: `${name}.json.gz`, attachment: Buffer.concat(packed) } : undefined;
}

const lengthOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);
