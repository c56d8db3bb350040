import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FaultBench } from './FaultBench.ts';

const people = Number(process.env.PEOPLE ?? 100_000);
const mebibyte = 1024 * 1024;

/** Resident memory of a process in bytes: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

it.skipIf(process.platform !== 'linux')(
  `stays within 150 MiB above a fresh start while ${people} people write during an outage`,
  { timeout: 1_800_000 },
  async () => {
    await using bench = await FaultBench.start({ environment: { DISCORD_GLOBAL_RPS: '10000' } });
    const [bot] = bench.bots;
    const pid = bot?.pid ?? 0;
    await bench.people(1)[0]?.asks('Are you awake?');
    const fresh = await residentMemory(pid);
    await bench.killPostgres();
    let highest = 0;
    let left = people;
    const write = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const person = bench.discord.addUser({ username: `one-of-many-${left}` });
        await person.asks(`I am one of many, and this is what I have to say. ${'It is not short. '.repeat(4)}`);
        if (left % 1_000 === 0) highest = Math.max(highest, await residentMemory(pid));
      }
    };
    await Promise.all(Array.from({ length: 64 }, write));
    highest = Math.max(highest, await residentMemory(pid));
    const { journal } = (await bot?.health()) ?? {};
    process.stdout.write(
      `fresh ${Math.round(fresh / mebibyte)} MiB, highest ${Math.round(highest / mebibyte)} MiB, ${journal?.writes} writes in the journal\n`,
    );
    expect((highest - fresh) / mebibyte).toBeLessThan(150);
  },
);
