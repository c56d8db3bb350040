import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Situation } from '../../src/simulator/playground/SituationWatch.ts';
import type { Snapshot } from '../../src/simulator/playground/snapshot.ts';
import { prepareEmbedded } from '../../src/testing/prepareEmbedded.ts';
import { readEvents } from '../support/readEvents.ts';
import { BotProcess } from '../support/startProcess.ts';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

const ada = '200000000000000001';
const DAY = 86_400_000;

describe('the switches of the playground', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steward-trouble-'));
    await prepareEmbedded(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('take a PostgreSQL of one’s own away too, and bring everything in when it is back', async () => {
    await using around = await makeSurroundings();
    const { DISCORD_TOKEN: _token, DISCORD_API_URL: _url, N8N_WEBHOOK_URL: _hook, ...environment } = around.environment;
    await using bot = await BotProcess.start(environment);
    const page = await Page.of(bot);
    await page.asks('Before');
    await page.post('/trouble', { database: 'down' });
    expect((await page.situation(({ bot: status }) => status?.database === 'degraded')).isEmbedded).toBe(false);
    expect(await page.asks('Meanwhile')).toContain('Before that you wrote: “Before”');
    await page.situation(({ bot: status }) => (status?.writes ?? 0) > 0);
    await page.post('/calm');
    await page.situation(({ bot: status }) => status?.database === 'connected' && status.writes === 0);
    const rows = await query(environment, 'SELECT user_message FROM conversations ORDER BY timestamp');
    expect(rows.map((row) => row.user_message)).toEqual(['Before', 'Meanwhile']);
  });

  it('leave the date where it is over a restart, so that what was erased then stays erased and new things are kept', async () => {
    {
      await using bot = await BotProcess.start({}, { dataDir: folder });
      const page = await Page.of(bot);
      await page.post('/clock', { hours: 90 * 24 });
      await page.asks('In three months');
      await page.asks('!flushmemory');
      await page.post('/trouble', { database: 'down' });
      await page.asks('Written in the outage');
      await page.situation(({ bot: status }) => (status?.writes ?? 0) > 0);
      expect(await bot.stop()).toBe(0);
    }
    await using bot = await BotProcess.start({}, { dataDir: folder });
    const page = await Page.of(bot);
    expect((await page.situation(() => true)).ahead).toBe(90 * DAY);
    expect(await page.asks('Do you remember?')).toContain('Before that you wrote: “Written in the outage”');
  });

  it('do what is due after a jump once the database is back', async () => {
    await using bot = await BotProcess.start({}, { dataDir: folder });
    const page = await Page.of(bot);
    await page.asks('Soon too old');
    await page.holds('conversations', 1);
    await page.post('/trouble', { database: 'down' });
    await page.situation(({ bot: status }) => status?.database === 'degraded');
    await page.post('/clock', { hours: 24 });
    await page.post('/calm');
    await page.holds('conversations', 0);
  });

  it('let the bot stop asking a workflow that is off, and find it again', async () => {
    await using bot = await BotProcess.start({ RATE_LIMIT_MAX: '100' }, { dataDir: folder });
    const page = await Page.of(bot);
    await page.post('/trouble', { workflow: 'off' });
    for (let time = 0; time < 5; time += 1) expect(await page.asks('Hello?')).toContain('Sorry');
    await bot.line(/The workflow is away/);
    await page.post('/trouble', { workflow: 'normal' });
    while (!(await page.asks('Are you back?')).startsWith('Hello')) await new Promise((done) => setTimeout(done, 500));
    await bot.line(/The workflow is back/);
  });
});

/** The page's server, as the page uses it, in Ada's name. */
class Page {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async of(bot: BotProcess): Promise<Page> {
    const [, url = ''] = await bot.line(/Write to it at (http:\S+)$/);
    return new Page(url);
  }

  async post(path: string, body: object = {}): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.#url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.ok, `${path}: ${await response.text()}`).toBe(true);
  }

  /** Says something and returns what the bot says to it. */
  async asks(content: string): Promise<string> {
    const events = await readEvents(`${this.#url}/events`);
    await events.next('state');
    await this.post('/say', { userId: ada, content });
    for (;;) {
      const message = (await events.next('message')) as { author: { bot?: boolean }; content: string };
      if (!message.author.bot) continue;
      await events.close();
      return message.content;
    }
  }

  /** The first situation, now or to come, that is as wanted. */
  async situation(isWanted: (situation: Situation) => boolean): Promise<Situation> {
    const events = await readEvents(`${this.#url}/events`);
    let { situation } = (await events.next('state')) as unknown as Snapshot;
    while (!isWanted(situation)) situation = (await events.next('situation')) as unknown as Situation;
    await events.close();
    return situation;
  }

  /** Settles when so many rows are kept of Ada in a table. */
  async holds(table: string, count: number): Promise<void> {
    const counted = async () => {
      const { tables } = (await (await fetch(`${this.#url}/holdings/${ada}`)).json()) as {
        tables?: { name: string; count: number }[];
      };
      return tables?.find(({ name }) => name === table)?.count;
    };
    await expect.poll(counted, { timeout: 20_000 }).toBe(count);
  }
}
