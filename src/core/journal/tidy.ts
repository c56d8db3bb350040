import type { JournalIndex } from './JournalIndex.ts';
import type { Settlements } from './Settlements.ts';
import type { Writer } from './Writer.ts';

/**
 * Notes what is settled and removes the segments without open entries, the current one only if asked to: what people
 * wrote does not stay longer than it is needed.
 */
export async function tidy(
  { index, settlements, writer }: { index: JournalIndex; settlements: Settlements; writer: Writer },
  withCurrent: boolean,
): Promise<void> {
  const leaving = [...index.segments].filter(({ open }) => open === 0);
  if (!withCurrent) leaving.splice(0, leaving.length, ...leaving.filter((segment) => segment !== writer.segment));
  for (const segment of leaving) settlements.carryOver(segment);
  for (const segment of leaving) settlements.forget(segment);
  try {
    // What was on the disk for long must not be lost with the file that it was in.
    await writer.note(leaving.some(({ about }) => about.size > 0));
  } finally {
    // On a full disk, too: this is what makes room.
    for (const segment of leaving) await writer.remove(segment);
  }
}
