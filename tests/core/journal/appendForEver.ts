import { setImmediate as turn } from 'node:timers/promises';
import { Journal } from '../../../src/core/journal/Journal.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

// node appendForEver.ts FOLDER SEGMENT_BYTES [all|written]: says `+ <id>` for each entry that is acknowledged and `- <id>`
// for each that it settles: two of three, or all. Or `w <n>` for each that is written, and settles none.
const [, , folder = '', segmentBytes = '', mode] = process.argv;
const all = mode === 'all';
const log = createLog({ level: 'silent', secrets: [] });
const options = { folder, log, maxBytes: 1e9, segmentBytes: Number(segmentBytes), reserveBytes: 0 };
const journal = await Journal.open(options);
for (let n = 0; mode === 'written'; n += 1) {
  const { promise, resolve } = Promise.withResolvers<void>();
  void journal.append('answer', { n, text: 'x'.repeat(n % 300) }, { onWritten: resolve });
  await promise;
  process.stdout.write(`w ${n}\n`);
}
for (let n = 0; ; n += 10) {
  const burst = Array.from({ length: 10 }, (_, place) =>
    journal.append('write', { n: n + place, text: 'x'.repeat(n % 300) }),
  );
  const entries = await Promise.all(burst);
  process.stdout.write(entries.map(({ id }) => `+ ${id}\n`).join(''));
  const settled = entries.filter((_, place) => all || place % 3 !== 0);
  process.stdout.write(settled.map(({ id }) => `- ${id}\n`).join(''));
  journal.settle(settled);
  if (all) await turn();
}
