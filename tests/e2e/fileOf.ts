import { gunzipSync } from 'node:zlib';
import type { APIMessage } from 'discord.js';

/** The text of the one file that comes with a message; a packed one is unpacked. */
export async function fileOf({ attachments }: APIMessage): Promise<string> {
  const [file, ...more] = attachments;
  if (!file || more.length > 0) throw new Error(`The message has ${attachments.length} files.`);
  const bytes = Buffer.from(await (await fetch(file.url)).arrayBuffer());
  return (file.filename.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}
