import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal, type JournalEntry } from '../../../src/core/journal/Journal.ts';
import type { JournalError } from '../../../src/core/journal/JournalError.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

// node fillDisk.ts FOLDER: fills the small disk that the folder is on, and says as JSON what it saw.
const [, , folder = ''] = process.argv;
const reserveBytes = 128 * 1024;
const lines: string[] = [];
const log = createLog({ level: 'trace', secrets: [], destination: { write: (line) => void lines.push(line) } });
const open = () => Journal.open({ folder, log, maxBytes: 1e9, segmentBytes: 64 * 1024, reserveBytes });
const kept: JournalEntry[] = [];
const journal = await open();
const reserve = join(folder, 'reserve');

/** Appends until the journal refuses. */
async function fill(essential: boolean): Promise<{ count: number; code: string; message: string; cause: string }> {
  for (let count = 0; ; count += 1)
    try {
      kept.push(await journal.append('write', `secret ${essential} ${count} ${'x'.repeat(1000)}`, { essential }));
    } catch (error) {
      const { code, message, cause } = error as JournalError & { cause: { code: string } };
      return { count, code, message, cause: cause.code };
    }
}

async function readIds(from: Journal): Promise<string[]> {
  const ids: string[] = [];
  for (let page = await from.read(undefined, 50); page.entries.length > 0; page = await from.read(page.next, 50))
    ids.push(...page.entries.map(({ id }) => id));
  return ids;
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const same = (ids: string[]) => JSON.stringify(ids) === JSON.stringify(kept.map(({ id }) => id));

const atFirst = await stat(reserve);
const others = await fill(false);
const reserveAfterOthers = await isThere(reserve);
const letter = await journal.deadLetters
  .add(
    { id: 'x-1', kind: 'write', person: undefined, at: 1, body: 'y'.repeat(9000), segment: 1 },
    { code: 'X', reason: 'Y.' },
  )
  .catch(({ code }: JournalError) => code);
kept.push(await journal.append('write', `the first that needs the reserve ${'z'.repeat(5000)}`, { essential: true }));
const othersBesideReserve = await fill(false);
const essential = await fill(true);
const othersAgain = await fill(false);
const whole = same(await readIds(journal));

journal.settle(kept.splice(0, 300));
const deadline = Date.now() + 20_000;
while ((await isThere(join(folder, '000000000002.log'))) && Date.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 20));
kept.push(await journal.append('write', 'there is space again'));
const reserveAfterAll = (await stat(reserve)).size;
await journal.close();
const next = await open();
const wholeAtLast = same(await readIds(next));
await next.close();

const result = {
  reserve: { bytes: atFirst.size, isReal: atFirst.blocks * 512 >= reserveBytes },
  others,
  reserveAfterOthers,
  letter,
  essential,
  othersBesideReserve,
  othersAgain,
  whole,
  reserveAfterAll,
  wholeAtLast,
  errors: lines.map((line) => JSON.parse(line)).flatMap(({ level, msg }) => (level === 'error' ? [msg] : [])),
  leaks: lines.some((line) => line.includes('secret')),
};
process.stdout.write(JSON.stringify(result));
