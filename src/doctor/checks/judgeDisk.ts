import { broken, type Finding, ok, warning } from '../Finding.ts';

/** Milliseconds; every accepted message waits for one. */
const slow = 100;

/** Whether there is room for what the bot keeps; in MiB. */
export function judgeRoom(folder: string, free: number, most: number): Finding {
  const finding = `${inWords(free)} free for ${folder}`;
  if (free < 64) return broken('disk', finding, 'Free some space: the bot refuses messages when the disk is full.');
  if (free >= most) return ok('disk', finding);
  return warning('disk', finding, `The journal may grow to ${inWords(most)}: free some, or lower JOURNAL_MAX_MB.`);
}

/** Whether the disk is quick enough; in milliseconds. */
export function judgeSync(milliseconds: number): Finding {
  const finding = `a line is safe after ${milliseconds.toFixed(1)} ms (write and fdatasync)`;
  if (milliseconds <= slow) return ok('disk sync', finding);
  return warning('disk sync', finding, 'Each message waits that long: put DATA_DIR on a faster, local disk.');
}

const inWords = (megabytes: number): string =>
  megabytes < 10_240 ? `${megabytes} MiB` : `${Math.floor(megabytes / 1_024)} GiB`;
