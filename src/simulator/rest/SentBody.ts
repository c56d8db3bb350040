import type { AttachedFile } from '../AttachmentStore.ts';
import { refusals } from './DiscordError.ts';

/** The body of a request, however it was sent: the JSON, and the files that came with it. */
export interface SentBody {
  payload: unknown;
  files: (AttachedFile & { index: number })[];
}

/** The body of a request, be it without one. */
export function sentBody(body: unknown): SentBody {
  return (body as SentBody | undefined) ?? { payload: {}, files: [] };
}

/** Reads a JSON body; an empty one is an empty object. */
export function readJson(text: string): SentBody {
  return { payload: text === '' ? {} : parse(text), files: [] };
}

/** Reads `payload_json` and `files[n]`: https://discord.com/developers/docs/reference#uploading-files */
export async function readMultipart(body: Buffer, contentType: string): Promise<SentBody> {
  const form = await readForm(body, contentType);
  const json = form.get('payload_json');
  const sent: SentBody = { payload: typeof json === 'string' ? parse(json) : {}, files: [] };
  for (const [name, value] of form) {
    const index = /^files?\[?(\d*)\]?$/.exec(name)?.[1];
    if (index === undefined || typeof value === 'string') continue;
    const content = new Uint8Array(await value.arrayBuffer());
    sent.files.push({ index: Number(index), filename: value.name, content, contentType: value.type });
  }
  return sent;
}

async function readForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch (error) {
    if (error instanceof TypeError) throw refusals.badRequest();
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw refusals.invalidJson();
    throw error;
  }
}
