import { Readable } from 'node:stream';
import { BodyReader } from '../../../src/plugins/n8n-bridge/BodyReader.ts';
import { ReplyReader } from '../../../src/plugins/n8n-bridge/ReplyReader.ts';
import { WorkflowError, type WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';

/** What a body says, or why nothing. */
export type Found = { text: string; tokens?: number | undefined } | 'accepted' | WorkflowFault;

/** Reads a body that arrives in these chunks: what it said, or why nothing, and the drafts. */
export async function readBody(chunks: readonly (string | Uint8Array)[]): Promise<{ found: Found; drafts: string[] }> {
  const drafts: string[] = [];
  const reader = new ReplyReader((text) => drafts.push(text));
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  try {
    await new BodyReader().read(body, reader);
    return { found: reader.finish(), drafts };
  } catch (error) {
    if (error instanceof WorkflowError) return { found: error.fault, drafts };
    throw error;
  }
}
