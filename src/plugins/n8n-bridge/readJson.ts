import { isJson } from './isJson.ts';

/** Bytes, or characters, of a text that is tried at once. */
const short = 65_536;

/** The value, or undefined where it is not JSON. @throws WorkflowError too large, where it has too many values */
export function readJson(text: string | Buffer): unknown {
  if (text.length > short && !isJson(Buffer.isBuffer(text) ? text : Buffer.from(text))) return undefined;
  try {
    return JSON.parse(text.toString().trim());
  } catch {
    return undefined;
  }
}

/** Whether it is `{…}` in JSON. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object itself, or the first object of an array: n8n gives both. */
export function firstObject(value: unknown): Record<string, unknown> | undefined {
  const first = Array.isArray(value) ? value.find(isObject) : value;
  return isObject(first) ? first : undefined;
}
