import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal, type JournalEntry } from '../../../src/core/journal/Journal.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

// node fillAround.ts FOLDER: others fill the disk that the folder is on while the journal has room made; says as JSON what it saw.
const [, , folder = ''] = process.argv;
const mebibyte = 1024 * 1024;
const log = createLog({ level: 'silent', secrets: [] });
const journal = await Journal.open({ folder, log, maxBytes: 1e9, reserveBytes: mebibyte });
const kept: JournalEntry[] = [];
const size = async () => (await stat(join(folder, '000000000001.log'))).size;

/** Appends until the journal refuses; returns how many it took. */
async function fill(essential: boolean): Promise<number> {
  for (let count = 0; ; count += 1)
    try {
      kept.push(await journal.append('write', 'x'.repeat(1000), { essential }));
    } catch {
      return count;
    }
}

/** Takes what is left of the disk. */
async function fillDisk(): Promise<void> {
  const handle = await open(join(folder, 'filler'), 'w');
  const bytes = Buffer.alloc(4096, 1);
  try {
    for (;;) await handle.write(bytes);
  } catch {
    await handle.close();
  }
}

kept.push(await journal.append('write', 'y'.repeat(5000)));
while ((await size()) < mebibyte) await new Promise((resolve) => setTimeout(resolve, 5));
await fillDisk();
const before = await size();
const others = await fill(false);
const grown = (await size()) - before;
const essential = await fill(true);
const { entries } = await journal.read(undefined, 10_000);
await rm(join(folder, 'filler'));
kept.push(await journal.append('write', 'there is space again'));
await journal.close();
const next = await Journal.open({ folder, log, maxBytes: 1e9, reserveBytes: mebibyte });
const reserve = (await stat(join(folder, 'reserve'))).size;
const result = { others, grown, essential, found: entries.length, kept: kept.length, atLast: next.depth(), reserve };
await next.close();
process.stdout.write(JSON.stringify(result));
