import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Snapshot } from '../../src/simulator/playground/snapshot.ts';
import { readEvents } from '../support/readEvents.ts';
import { BotProcess } from '../support/startProcess.ts';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

// Preparing an embedded database takes seconds: there is one for all tests, on which the bot was told something before.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-playground-'));
  await using first = await BotProcess.start({}, { dataDir: folder });
  await say(await pageOf(first), 'ada', 'I like engines');
  expect(await first.stop()).toBe(0);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a process without a token', () => {
  let bot: BotProcess;
  let page: string;
  async function start(): Promise<void> {
    bot = await BotProcess.start({ LOG_LEVEL: 'trace', RATE_LIMIT_MAX: '20' }, { dataDir: folder });
    page = await pageOf(bot);
  }
  beforeAll(start);
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('opens a page on which somebody can write to the bot and read its answer', async () => {
    const html = await fetch(page);
    expect(html.headers.get('content-type')).toMatch('text/html');
    expect(await html.text()).toMatch(/<html/);
    expect(await stateOf(page)).toMatchObject({ bot: { online: true }, workflow: 'stand-in' });

    const answer = await say(page, 'grace', 'Good morning');
    expect(answer).toMatch(/^Hello \*\*grace\*\*! You wrote:\n> Good morning\n.*we have just met/);
    expect(await say(page, 'grace', '!limits')).toMatch(/^You have 18 of 20 messages left/);
    const { calls } = await stateOf(page);
    expect(calls.map(({ body }) => body.message)).toEqual(['Good morning']);
  });

  it('remembers what was said before it was stopped', async () => {
    expect(await say(page, 'ada', 'What do I like?')).toMatch(/Before that you wrote: “I like engines”/);
  });

  it('remembers what was said before it was killed', async () => {
    await say(page, 'ada', 'I dislike delays');
    // Answered after the exchange before was recorded.
    await say(page, 'ada', 'Are you listening?');
    await using dead = bot;
    expect(await dead.stop('SIGKILL')).toBe('SIGKILL');
    await start();
    expect(await say(page, 'ada', 'What do I dislike?')).toMatch(/[34] earlier exchanges/);
  });

  it('keeps its data folder from a second process, which exits with 1', async () => {
    await using second = await BotProcess.start({}, { dataDir: folder });
    expect(await second.ended).toBe(1);
    expect(second.stderr).toEqual([
      `DataDirLocked: Another process uses the data folder ${folder}. Stop it, or give this one a folder of its own with DATA_DIR.`,
    ]);
    expect((await stateOf(page)).bot.online).toBe(true);
  });

  it('logs JSON lines without what was said, besides the announcement of the page', async () => {
    await say(page, 'linus', 'my-secret-diary');
    expect(await bot.stop()).toBe(0);
    expect(bot.stderr).toEqual([]);
    expect(bot.stdout.filter((line) => line !== '' && !line.startsWith('{'))).toEqual([
      expect.stringMatching(/Write to it at http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringContaining('Set DISCORD_TOKEN to go live'),
    ]);
    expect(bot.log.length).toBeGreaterThan(3);
    expect(bot.stdout.join('\n')).not.toContain('my-secret');
  });
});

describe.skipIf(!inject('postgres'))('a process without a token but with a workflow and a database', () => {
  it('uses them instead of its own', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = ({ username }) => ({ body: { output: `A real workflow greets ${username}.` } });
    const { DISCORD_TOKEN: _token, DISCORD_API_URL: _url, ...environment } = around.environment;
    await using bot = await BotProcess.start(environment);
    const page = await pageOf(bot);
    expect((await stateOf(page)).workflow).toBe('elsewhere');
    expect(await say(page, 'linus', 'Who are you?')).toBe('A real workflow greets linus.');
    expect(await bot.stop()).toBe(0);
    const rows = await query(environment, 'SELECT user_message, ai_response FROM conversations');
    expect(rows).toEqual([{ user_message: 'Who are you?', ai_response: 'A real workflow greets linus.' }]);
    expect(existsSync(join(bot.dataDir, 'database'))).toBe(false);
  });
});

async function pageOf(bot: BotProcess): Promise<string> {
  const [, page = ''] = await bot.line(/Write to it at (http:\S+)$/);
  return page;
}

async function stateOf(page: string): Promise<Snapshot> {
  return (await (await fetch(`${page}/state`)).json()) as Snapshot;
}

/** Says something in the page's way and returns what the bot says next in that conversation. */
async function say(page: string, username: string, content: string): Promise<string> {
  const events = await readEvents(`${page}/events`);
  const { users } = (await events.next('state')) as unknown as Snapshot;
  const user = users.find((candidate) => candidate.username === username);
  const response = await fetch(`${page}/say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: user?.id, content }),
  });
  expect(response.status).toBe(201);
  for (;;) {
    const message = (await events.next('message')) as {
      author: { bot?: boolean };
      channel_id: string;
      content: string;
    };
    if (!message.author.bot || message.channel_id !== user?.channelId) continue;
    await events.close();
    const { messages = [] } = (await stateOf(page)).users.find(({ id }) => id === user?.id) ?? {};
    expect(messages.at(-1)?.content).toBe(message.content);
    return message.content;
  }
}
