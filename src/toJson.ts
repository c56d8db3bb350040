import { TimeSlice } from './core/TimeSlice.ts';

/** What lies deeper is written at once. */
const deepest = 3;
/** Characters that become bytes together. */
const chunk = 65_536;

/** What `JSON.stringify(value, null, 2)` gives, as bytes, piece by piece; while much is written, others have their turn. */
export async function* toJson(value: object): AsyncGenerator<Buffer, void> {
  const slice = new TimeSlice();
  let text = '';
  for (const piece of piecesOf(value, '\n', 0)) {
    text += piece;
    if (text.length >= chunk) {
      yield Buffer.from(text);
      text = '';
    }
    if (slice.isOver) await slice.next();
  }
  yield Buffer.from(text);
}

// Each line begins with `lineStart`.
function* piecesOf(value: unknown, lineStart: string, depth: number): Generator<string> {
  const list = Array.isArray(value) ? value : undefined;
  const members = list?.entries() ?? (isPlain(value) ? Object.entries(value) : []);
  const inside = `${lineStart}  `;
  let isEmpty = true;
  if (depth < deepest)
    for (const [name, member] of members) {
      if (!list && !isWritten(member)) continue;
      const label = list ? '' : `${JSON.stringify(name)}: `;
      yield `${isEmpty ? (list ? '[' : '{') : ','}${inside}${label}`;
      yield* piecesOf(member, inside, depth + 1);
      isEmpty = false;
    }
  if (isEmpty) yield (JSON.stringify(value, null, 2) ?? 'null').replaceAll('\n', lineStart);
  else yield `${lineStart}${list ? ']' : '}'}`;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  !('toJSON' in value);

const isWritten = (member: unknown): boolean =>
  member !== undefined && typeof member !== 'function' && typeof member !== 'symbol';
