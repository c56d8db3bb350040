import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import type { StandInAnswer } from '../../src/simulator/StandInWorkflow.ts';
import { makeSurroundings } from '../e2e/surroundings.ts';

const mebibyte = 1_048_576;

/** Bytes; 8 to 19 MB were measured, on a busy machine too. */
const most = 20e6;

const piece = Buffer.alloc(65_536, 'x');
const line = `${JSON.stringify({ type: 'item', content: 'x'.repeat(10_000) })}\n`;

function* endless(what: string): Generator<string> {
  for (;;) yield what;
}

async function* slowly(): AsyncGenerator<Buffer> {
  for (let n = 0; n < 160; n += 1) {
    yield piece;
    if (n < 40) await pause(25);
  }
}

const bomb = { body: gzipSync(Buffer.alloc(64 * mebibyte)), headers: { 'content-encoding': 'gzip' } };
const plain = { body: Buffer.alloc(10 * mebibyte, 'x'), contentType: 'text/plain' };
const json = (body: string) => ({ body, contentType: 'application/json' });
const actions = json(`{"output":"ok","actions":[${'[],'.repeat(349_000)}[]]}`);
const half = json(`{"output":"${'x'.repeat(1_000_000)}`);
const silent = json(`{"output":"","more":"${'x'.repeat(1_000_000)}"}`);
const blank = json(`{"output":"${' '.repeat(1_000_000)}"}`);
const reason = json(`{"output":"","actions":[{"type":"warn","reason":"${'x'.repeat(1_000_000)}"}]}`);

const good = 'A good answer. '.repeat(100);
const plainly = (): StandInAnswer => ({ body: { output: good } });
const streamed = (): StandInAnswer => ({
  stream: [
    { type: 'begin' },
    ...Array.from({ length: 5 }, () => ({ type: 'item', content: 'A good answer. '.repeat(20) })),
    { type: 'end' },
  ].map((event) => `${JSON.stringify(event)}\n`),
});

/** What a workflow can send that is no answer, by what it is. */
const floods: Readonly<Record<string, () => StandInAnswer>> = {
  'gzip bombs': () => bomb,
  'endless streams': () => ({ stream: endless(line) }),
  'ten megabytes': () => plain,
  'ten megabytes, slowly': () => ({ stream: slowly(), contentType: 'text/plain' }),
  'actions of 1 MiB': () => actions,
  'half a JSON': () => half,
  'JSON without a text': () => silent,
  'a blank text': () => blank,
  'a reason without end': () => reason,
};

/** Bytes of memory, as the kernel counts them: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
async function memory(pid: number, what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1_024;
}

async function everybodyAsks(people: readonly SimulatedUser[], rounds: number): Promise<void> {
  const answered = async (person: SimulatedUser) => {
    const { id } = person.says('Hello');
    await person.sees((message) => message.message_reference?.message_id === id, 60_000);
  };
  for (let round = 0; round < rounds; round += 1) await Promise.all(people.map(answered));
}

it('takes hardly more memory, whatever the workflow floods it with', { timeout: 900_000 }, async () => {
  await using around = await makeSurroundings();
  const { discord, workflow } = around;
  const bot = await around.start({ RATE_LIMIT_MAX: '10000', DISCORD_GLOBAL_RPS: '150', N8N_TIMEOUT_MS: '20000' });
  await bot.ready();
  const pid = bot.pid ?? 0;
  const people = Array.from({ length: 20 }, (_, n) => discord.addUser({ username: `person-${n}` }));
  // As many good answers as there will be bad ones, streams among them: what those take, too, as a bot goes on, is no
  // matter of the floods.
  for (const answer of [plainly, streamed]) {
    workflow.answer = answer;
    await everybodyAsks(people, Object.keys(floods).length * 6);
  }
  const before = await memory(pid, 'VmRSS');
  // From now on the highest is noted.
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  const rises: string[] = [];
  for (const [what, answer] of Object.entries(floods)) {
    workflow.answer = answer;
    await everybodyAsks(people, 12);
    const rise = (await memory(pid, 'VmHWM')) - before;
    rises.push(`${what}: ${(rise / 1e6).toFixed(1)} MB`);
    expect(rise, rises.join(', ')).toBeLessThan(most);
  }
  process.stdout.write(`${rises.join('\n')}\n`);
  expect(bot.log.filter(({ err }) => err !== undefined)).toHaveLength(Object.keys(floods).length * 12 * people.length);
  workflow.answer = () => ({ body: { output: 'A good answer.' } });
  expect((await people[0]?.asks('Hello again'))?.content).toBe('A good answer.');
});
