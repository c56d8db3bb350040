import { TimeSlice } from '../TimeSlice.ts';
import { decodeLines, type Line } from './line.ts';

/** What `pick` makes of each line of a log; while they are read, others have their turn. */
export async function pickLines<Picked>(bytes: Buffer, pick: (line: Line) => Picked): Promise<Picked[]> {
  const picked: Picked[] = [];
  const slice = new TimeSlice();
  for (const line of decodeLines(bytes)) {
    picked.push(pick(line));
    if (slice.isOver) await slice.next();
  }
  return picked;
}
