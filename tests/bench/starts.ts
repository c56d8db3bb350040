import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Surroundings } from './Surroundings.ts';
import { median } from './statistics.ts';

/** Milliseconds from the start of each process to its IDENTIFY, medians; the databases have been migrated before. */
export async function measureStarts(postgres: Readonly<Record<string, string>>, times: number) {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bench-'));
  await using world = await Surroundings.start();
  const start = async (...bot: Parameters<Surroundings['start']>): Promise<number> => {
    const { contender, startedIn } = await world.start(...bot);
    await contender[Symbol.asyncDispose]();
    return startedIn;
  };
  const starts = {
    'Steward on PostgreSQL': () => start('Steward', postgres),
    'Steward, embedded database': () => start('Steward', { DATA_DIR: folder }),
    'bare Sapphire': () => start('bare Sapphire'),
    'bare discord.js': () => start('bare discord.js'),
  };
  const results = new Map(Object.keys(starts).map((name) => [name, [] as number[]]));
  try {
    // The first of each fills caches and databases.
    for (let n = 0; n <= times; n += 1)
      for (const [name, measure] of Object.entries(starts)) {
        const time = await measure();
        if (n > 0) results.get(name)?.push(time);
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return [...results].map(([name, all]) => ({ name, milliseconds: median(all) }));
}
