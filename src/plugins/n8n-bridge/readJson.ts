import { excerptOfJson } from './excerptOfJson.ts';
import { wanted } from './wanted.ts';

/** Bytes, or characters, of a text that is read whole. */
const short = 65_536;

/**
 * The value, of which what is wanted is sure to be there, or undefined where it is not JSON.
 * @throws WorkflowError too large, where it has too many values
 */
export function readJson(text: string | Buffer): unknown {
  try {
    if (text.length <= short) return JSON.parse(text.toString().trim());
    return excerptOfJson(Buffer.isBuffer(text) ? text : Buffer.from(text), wanted);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
