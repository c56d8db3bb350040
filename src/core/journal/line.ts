import { crc32 } from 'node:zlib';

/** One record of a log as its line on the disk: `<crc32, 8 hex digits> <bytes> <json>` and a line end. */
export function encodeLine(record: unknown): string {
  const json = JSON.stringify(record);
  const checksum = crc32(json).toString(16).padStart(8, '0');
  return `${checksum} ${Buffer.byteLength(json)} ${json}\n`;
}

/** A piece of a log: a whole record, or bytes that are none. */
export interface Line {
  readonly offset: number;
  /** In bytes, with the line end. */
  readonly length: number;
  /** Undefined where the bytes are no whole record. */
  readonly record: unknown;
}

const header = /^([0-9a-f]{8}) (\d{1,10}) /;
const longestHeader = 20;
const lineEnd = 0x0a;

/** Splits a log into its lines. Damage costs the line that has it: the next one begins after the line end. */
export function* decodeLines(bytes: Buffer): Generator<Line> {
  for (let offset = 0; offset < bytes.length; ) {
    const whole = decode(bytes, offset);
    const end = whole ? offset + whole.length : bytes.indexOf(lineEnd, offset) + 1 || bytes.length;
    yield { offset, length: end - offset, record: whole?.record };
    offset = end;
  }
}

function decode(bytes: Buffer, offset: number): { length: number; record: unknown } | undefined {
  const match = header.exec(bytes.toString('latin1', offset, offset + longestHeader));
  if (!match) return undefined;
  const start = offset + match[0].length;
  const end = start + Number(match[2]);
  // Without the byte behind it the line was not written to its end. Which byte that is does not matter: the checksum
  // vouches for the record, and the next one can be told apart by it.
  if (end >= bytes.length) return undefined;
  const json = bytes.subarray(start, end);
  if (crc32(json) !== Number.parseInt(match[1] ?? '', 16)) return undefined;
  try {
    return { length: end + 1 - offset, record: JSON.parse(json.toString()) };
  } catch {
    return undefined;
  }
}
