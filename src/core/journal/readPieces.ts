import type { Slot } from './Segment.ts';
import { withFile } from './withFile.ts';

type Span = Pick<Slot, 'offset' | 'length'>;

/** Bytes between two wanted pieces that are rather read than skipped. */
const smallGap = 32 * 1024;
const longestRead = 1024 * 1024;

/** Reads pieces of a file, given by rising offset, with few reads. */
export function readPieces(path: string, pieces: readonly Span[]): Promise<Buffer[]> {
  return withFile(path, 'r', async (handle) => {
    const contents: Buffer[] = [];
    for (const group of together(pieces)) {
      const [{ offset: from }, last] = [group[0], group.at(-1) ?? group[0]];
      const bytes = Buffer.alloc(last.offset + last.length - from);
      await handle.read(bytes, 0, bytes.length, from);
      for (const { offset, length } of group) contents.push(bytes.subarray(offset - from, offset - from + length));
    }
    return contents;
  });
}

/** Pieces that stand close to each other: one read for all of them. */
function together(pieces: readonly Span[]): [Span, ...Span[]][] {
  const groups: [Span, ...Span[]][] = [];
  for (const piece of pieces) {
    const group = groups.at(-1);
    const end = piece.offset + piece.length;
    if (group && piece.offset - endOf(group) <= smallGap && end - group[0].offset <= longestRead) group.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

function endOf(group: [Span, ...Span[]]): number {
  const { offset, length } = group.at(-1) ?? group[0];
  return offset + length;
}
