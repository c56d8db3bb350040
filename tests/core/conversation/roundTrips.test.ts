import { once } from 'node:events';
import { container } from '@sapphire/framework';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RecordedRequest } from '../../../src/simulator/RecordedRequest.ts';
import type { SimulatedUser } from '../../../src/simulator/SimulatedUser.ts';
import type { PostgresAddress } from '../../../src/testing/postgres/address.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { longestChain, QueryObserver } from '../../support/queryObserver.ts';

/** Milliseconds; far longer than it takes to send two requests that do not wait for each other. */
const latency = 30;

describe.skipIf(!inject('postgres'))('the way to the database', () => {
  let database: TestDatabase;
  let observer: QueryObserver;
  let bot: TestBot;

  beforeAll(async () => {
    database = await createTestDatabase();
    const { host, port } = inject('postgres') as PostgresAddress;
    observer = await QueryObserver.start({ host, port });
    const environment = { ...database.environment, DB_PORT: String(observer.port), RATE_LIMIT_MAX: '100' };
    bot = await startTestBot({ environment });
    // So that its connections are open.
    await bot.person().asks('Hello');
    await container.intake.drain(10_000);
    observer.latency = latency;
  });
  afterAll(async () => {
    await bot?.[Symbol.asyncDispose]();
    await observer?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  /** Settles, with the time, when the bot's message for a person has been posted. */
  async function reply({ channelId }: SimulatedUser): Promise<number> {
    for (;;) {
      const [{ method, path }] = (await once(bot.discord, 'request')) as [RecordedRequest];
      if (method === 'POST' && path === `/channels/${channelId}/messages`) return performance.now();
    }
  }

  it('is observed: round trips one after the other are a chain, those side by side are none', async () => {
    const { DB_HOST: host, DB_NAME, DB_USER: user, DB_PASSWORD: password } = database.environment;
    const options = { host, port: observer.port, database: DB_NAME, user, password } as pg.ClientConfig;
    const clients = [1, 2, 3].map(() => new pg.Client(options));
    await Promise.all(clients.map((client) => client.connect()));
    const begin = performance.now();
    for (const client of clients) await client.query('SELECT $1::int', [1]);
    const middle = performance.now();
    await Promise.all(clients.map((client) => client.query('SELECT $1::int', [1])));
    const end = performance.now();
    await Promise.all(clients.map((client) => client.end()));
    expect(observer.between(begin, middle)).toHaveLength(3);
    expect(longestChain(observer.between(begin, middle))).toBe(3);
    expect(observer.between(middle, end)).toHaveLength(3);
    expect(longestChain(observer.between(middle, end))).toBe(1);
  });

  it('is gone once, not more, before the workflow is called', async () => {
    const ada = bot.person();
    for (const said of ['a person’s first message', 'and the second']) {
      const begin = performance.now();
      const called = once(bot.workflow, 'call').then(() => performance.now());
      ada.says(said);
      const rounds = observer.between(begin, await called);
      await ada.hears();
      await container.intake.drain(10_000);
      // In one: the claim, the limit, the history and the warnings.
      expect(rounds).toHaveLength(1);
    }
  });

  it('is gone three times for a message, not more', async () => {
    const ada = bot.person();
    const rounds: number[] = [];
    for (const said of ['a person’s first message', 'the second', 'and the third']) {
      const begin = performance.now();
      await ada.asks(said);
      await container.intake.drain(10_000);
      rounds.push(observer.between(begin, performance.now()).length);
    }
    // One before the call; then, in one, the exchange and the statistics; the end of the turn. A heartbeat may add one.
    expect(Math.min(...rounds)).toBe(3);
  });

  it('is not gone between the workflow’s answer and the reply', async () => {
    const ada = bot.person();
    let answered = 0;
    bot.workflow.once('answered', () => {
      observer.hold();
      answered = performance.now();
    });
    const replied = reply(ada);
    ada.says('Hello');
    expect((await ada.hears()).content).toBe('You said: Hello');
    expect(observer.between(answered, await replied)).toEqual([]);
    expect(await container.intake.drain(0)).toBe(1);
    observer.release();
    expect(await container.intake.drain(10_000)).toBe(0);
    const history = await container.conversations.getRecentMessages(ada.id, 10);
    expect(history).toMatchObject([{ userMessage: 'Hello', aiResponse: 'You said: Hello' }]);
  });
});
