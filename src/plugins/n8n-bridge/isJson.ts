import { WorkflowError } from './WorkflowError.ts';

/** Values that a text may have: `{}` takes two characters, and thirty times that in memory. */
const mostValues = 50_000;

/** Bytes of a number, or of `false`. */
const longestWord = 100;

const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const escaped = Buffer.from('"\\/bfnrt');
const endOfObject = 0x7d;
const closing: ReadonlyMap<number | undefined, number> = new Map([
  [0x5b, 0x5d],
  [0x7b, endOfObject],
]);

/**
 * Whether bytes are JSON (https://www.rfc-editor.org/rfc/rfc8259), without making anything of them: V8 keeps a text that
 * it could not parse until it next looks at all of its memory. @throws WorkflowError too large, where it has too many values
 */
export function isJson(bytes: Buffer): boolean {
  /** The ends of what is open, the innermost last. */
  const open: number[] = [];
  let values = 0;
  let at = afterSpace(bytes, 0);
  for (;;) {
    // A value, with the name that it has in an object.
    if (open.at(-1) === endOfObject) {
      at = afterSpace(bytes, afterString(bytes, at));
      if (bytes[at] !== colon) return false;
      at = afterSpace(bytes, at + 1);
    }
    values += 1;
    if (values > mostValues) throw new WorkflowError('too large');
    const end = closing.get(bytes[at]);
    if (end === undefined) at = afterScalar(bytes, at);
    else {
      at = afterSpace(bytes, at + 1);
      open.push(end);
      if (bytes[at] !== end) continue;
    }
    // What follows it: ends, and then a comma.
    at = afterSpace(bytes, at);
    while (open.length > 0 && bytes[at] === open.at(-1)) {
      open.pop();
      at = afterSpace(bytes, at + 1);
    }
    if (open.length === 0) return at === bytes.length;
    if (bytes[at] !== comma) return false;
    at = afterSpace(bytes, at + 1);
  }
}

function afterSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Behind a string, number or word; behind everything, where there is none. */
function afterScalar(bytes: Buffer, start: number): number {
  if (bytes[start] === quote) return afterString(bytes, start);
  let end = start;
  while (end < start + longestWord && /[\w.+-]/.test(String.fromCharCode(bytes[end] ?? 0))) end += 1;
  return word.test(bytes.toString('latin1', start, end)) ? end : Number.POSITIVE_INFINITY;
}

function afterString(bytes: Buffer, start: number): number {
  if (bytes[start] !== quote) return Number.POSITIVE_INFINITY;
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at + 1;
    if (byte < 0x20) break;
    if (byte !== backslash) continue;
    at += 1;
    if (escaped.includes(bytes[at] ?? 0)) continue;
    if (!/^u[\da-f]{4}$/i.test(bytes.toString('latin1', at, at + 5))) break;
    at += 4;
  }
  return Number.POSITIVE_INFINITY;
}
