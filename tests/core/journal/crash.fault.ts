import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { JournalFolder, readAll } from './JournalFolder.ts';

const script = fileURLToPath(new URL('./appendForEver.ts', import.meta.url));

it.each([
  ['has everything that a process had acknowledged when it was killed, whenever that was', ['5000']],
  ['has it from a file with room for more too', ['8000000']],
  ['has it from a file that is emptied and written again too', ['8000000', 'all']],
])('%s', async (_, parameters) => {
  await using folder = await JournalFolder.make();
  const acknowledged: string[] = [];
  const settled = new Set<string>();
  for (const lines of [1, 50, 333, 2000, 9000]) {
    const child = spawn(process.execPath, [script, folder.path, ...parameters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = createInterface({ input: child.stdout });
    let count = 0;
    output.on('line', (line) => {
      const [sign, id = ''] = line.split(' ');
      if (sign === '+') acknowledged.push(id);
      else settled.add(id);
      count += 1;
      if (count === lines) child.kill('SIGKILL');
    });
    // What it had said before it died is read to the end.
    await Promise.all([once(child, 'exit'), once(output, 'close')]);
    expect(child.signalCode).toBe('SIGKILL');

    const journal = await folder.open();
    const entries = await readAll(journal);
    const ids = entries.map(({ id }) => id);
    expect(ids.filter((id) => acknowledged.includes(id) && !settled.has(id))).toEqual(
      acknowledged.filter((id) => !settled.has(id)),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const runs = Map.groupBy(entries, ({ id }) => id.split('-')[0]);
    for (const run of runs.values()) {
      const numbers = run.map(({ body }) => (body as { n: number }).n);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    expect(await journal.deadLetters.list()).toEqual([]);
    expect(folder.logged('error')).toEqual([]);
    await journal.close();
  }
});

it('has everything that was written when the process was killed, though not synced', async () => {
  for (const lines of [1, 50, 333, 2000]) {
    await using folder = await JournalFolder.make();
    const child = spawn(process.execPath, [script, folder.path, '50000', 'written'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = createInterface({ input: child.stdout });
    let count = 0;
    output.on('line', () => {
      count += 1;
      if (count === lines) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(output, 'close')]);
    expect(child.signalCode).toBe('SIGKILL');
    const numbers = (await readAll(await folder.open())).map(({ body }) => (body as { n: number }).n);
    expect(numbers.slice(0, count)).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(folder.logged('error')).toEqual([]);
  }
});
