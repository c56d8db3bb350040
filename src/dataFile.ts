import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Discord takes 10 MiB of a bot, the message around the file included: https://discord.com/developers/docs/reference#uploading-files */
const mostBytes = 10 * 2 ** 20 - 2 ** 14;

/** A file as a message takes it. */
interface DataFile {
  readonly name: string;
  readonly attachment: Buffer;
}

/** JSON as a file for Discord, packed when it is too large for it; undefined when it is too large even so. */
export async function dataFile(name: string, plain: Buffer): Promise<DataFile | undefined> {
  if (plain.length <= mostBytes) return { name: `${name}.json`, attachment: plain };
  const packed = await promisify(gzip)(plain);
  return packed.length <= mostBytes ? { name: `${name}.json.gz`, attachment: packed } : undefined;
}
