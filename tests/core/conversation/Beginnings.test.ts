import { container } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { Beginnings } from '../../../src/core/conversation/Beginnings.ts';
import type { Recollection } from '../../../src/core/conversation/Turn.ts';

const nothing: Recollection = { history: [], warnings: 0 };

describe.skipIf(!inject('postgres'))('what is asked beside a claim', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '1' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const refusals = async (): Promise<string | undefined> =>
    /^steward_rate_limit_refusals_total\{kind="chat"\} (\d+)$/m.exec(await container.metrics.metrics())?.[1];

  /** What goes on with a message when the test says so, and what came of it, in order. */
  function given() {
    const recalling = Promise.withResolvers<Recollection>();
    const place = Promise.withResolvers<void>();
    const seen: string[] = [];
    const beginnings = new Beginnings({
      database: { evict: (person) => void seen.push(`evicted ${person}`) },
      hooks: {
        recall: ({ text }) => {
          seen.push(`recalled for ${text}`);
          return recalling.promise;
        },
      },
      intake: { turnOf: () => place.promise },
    });
    const message = {
      id: '100',
      channelId: '10',
      author: { id: 'ada', username: 'ada' },
      client: { options: { defaultPrefix: '!' } },
      guildId: null,
      content: 'Hello',
      stickers: { map: () => [] },
      attachments: { map: () => [] },
      createdTimestamp: Date.now(),
    } as unknown as Message;
    const turn = { id: '100', text: 'Hello' } as Parameters<Beginnings['recollection']>[1];
    return { beginnings, message, turn, recalling, place, seen };
  }
  const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is the conversation so far, once, when nobody is before the message in line', async () => {
    const { beginnings, message, turn, recalling, seen } = given();
    beginnings.begin(message, true);
    await moment();
    expect(seen).toEqual(['recalled for Hello']);
    recalling.resolve(nothing);
    expect(await beginnings.recollection(message, turn, () => false)).toBe(nothing);
    expect(seen).toEqual(['recalled for Hello']);
  });

  it('is not the conversation when somebody is: that is asked for when the message’s place has come', async () => {
    const { beginnings, message, turn, recalling, place, seen } = given();
    beginnings.begin(message, false);
    const recollection = beginnings.recollection(message, turn, () => false);
    await moment();
    expect(seen).toEqual([]);
    place.resolve();
    recalling.resolve(nothing);
    expect(await recollection).toBe(nothing);
    expect(seen).toEqual(['recalled for Hello']);
  });

  it('is nothing of a command', async () => {
    const { beginnings, message, seen } = given();
    message.content = '!help';
    beginnings.begin(message, true);
    await moment();
    expect(seen).toEqual([]);
  });

  it('is let go of when the message is somebody else’s, whatever comes of it later', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const { beginnings, message, recalling, seen } = given();
      beginnings.begin(message, true);
      const forgone = beginnings.forgo(message);
      await moment();
      recalling[end](nothing);
      await forgone;
      expect(seen).toEqual(['recalled for Hello', 'evicted ada']);
    }
  });

  it('does no harm to what another instance answers: nothing is said or counted of its message', async () => {
    const { database, intake } = container;
    const [ada, grace] = [bot.person(), bot.user()];
    await database.query("SELECT heartbeat('another', 60000, false)");
    await database.query("SELECT claim_turn('1', $1, $2, 'another')", [ada.id, ada.channelId]);
    await database.query("SELECT check_rate_limit($1, 1, 60000, $2, 'another message')", [ada.id, Date.now()]);
    const { id } = ada.says('Hello');
    // Behind which hers has been dealt with.
    expect(await grace.says('Hello')).toBeAnsweredWith('You said: Hello');
    await intake.drain(10_000);
    expect(await database.query('SELECT instance_id FROM turns WHERE message_id = $1', [id])).toEqual([
      { instance_id: null },
    ]);
    expect(ada.heard).toEqual([]);
    expect(await refusals()).toBe('0');
    expect(await grace.says('Hello again')).toBeRefusedAs('RateLimited');
    expect(await refusals()).toBe('1');
  });
});
