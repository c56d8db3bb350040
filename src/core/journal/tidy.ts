import type { Committer } from './Committer.ts';
import type { JournalIndex } from './JournalIndex.ts';
import type { Settlements } from './Settlements.ts';
import type { Writer } from './Writer.ts';

interface TidyParts {
  readonly index: JournalIndex;
  readonly settlements: Settlements;
  readonly writer: Writer;
  readonly committer: Committer;
}

/**
 * Notes what is settled and removes the segments without open entries, the current one only if asked to: what people
 * wrote does not stay longer than it is needed. Where nothing is open, the current one can also start over in its file.
 */
export async function tidy(
  { index, settlements, writer, committer }: TidyParts,
  current: 'stays' | 'startsOver' | 'goes',
): Promise<void> {
  const hasCarriedOver = [...index.segments].some(
    (segment) => segment.open === 0 && segment !== writer.segment && segment.about.size > 0,
  );
  if (current !== 'stays' || hasCarriedOver || !writer.hasRoomFor([])) await committer.settled();
  const startsOver = current === 'startsOver' && writer.segment?.open === 0 && writer.canStartOver;
  const staying = current === 'stays' || startsOver ? writer.segment : undefined;
  const leaving = [...index.segments].filter((segment) => segment.open === 0 && segment !== staying);
  for (const segment of leaving) settlements.carryOver(segment);
  for (const segment of leaving) settlements.forget(segment);
  try {
    if (startsOver) await writer.startOver();
    // What was on the disk for long must not be lost with the file that it was in.
    else await writer.note(leaving.some(({ about }) => about.size > 0));
  } finally {
    // On a full disk, too: this is what makes room.
    for (const segment of leaving) await writer.remove(segment);
  }
}
