import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { wording } from '../../src/wording.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('a message that was in hand when the bot ended', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '2' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  /** As it is left by a kill -9 just before it is finished, or in the middle of it. */
  async function leaveUnfinished(id: string, userId: string, channelId: string, attempts = 1): Promise<void> {
    const instance = (await readFile(join(String(bot.environment.DATA_DIR), 'instance'), 'utf8')).trim();
    await query(
      bot.environment,
      `WITH lane AS (
         INSERT INTO lanes (discord_id, instance_id, fence) VALUES ($2, $4, 1)
         ON CONFLICT (discord_id) DO UPDATE SET instance_id = excluded.instance_id
       )
       INSERT INTO turns (message_id, discord_id, channel_id, instance_id, fence, attempts) VALUES ($1, $2, $3, $4, 1, $5)
       ON CONFLICT (message_id) DO UPDATE SET finished_at = NULL, instance_id = excluded.instance_id`,
      [id, userId, channelId, instance, attempts],
    );
  }
  const untilFinished = (id: string) =>
    expect
      .poll(() => query(bot.environment, 'SELECT FROM turns WHERE message_id = $1 AND finished_at IS NULL', [id]))
      .toEqual([]);

  it('is not remembered as answered by the workflow when it was refused', async () => {
    const ada = bot.person();
    for (const text of ['one', 'two']) await ada.asks(text);
    const refused = ada.says('three');
    const refusal = await ada.hears();
    expect(refusal.content).toMatch(/You can go on/);
    await bot.stop();
    await leaveUnfinished(refused.id, ada.id, ada.channelId);
    await bot.start();
    await untilFinished(refused.id);
    expect(ada.heard).toHaveLength(3);
    const rows = await query<{ user_message: string }>(
      bot.environment,
      'SELECT user_message FROM conversations c JOIN users u ON u.id = c.user_id WHERE discord_id = $1 ORDER BY c.id',
      [ada.id],
    );
    expect(rows.map(({ user_message }) => user_message)).toEqual(['one', 'two']);
  });

  it('is carried out when it is a command that takes something away: it was heard at its time', async () => {
    const ada = bot.person();
    await ada.asks('one');
    await bot.stop();
    const { id } = ada.says('!flushmemory');
    await leaveUnfinished(id, ada.id, ada.channelId);
    await bot.start();
    expect((await ada.hears()).content).toMatch(/^I forgot our conversation \(exchanges: 1/);
  });

  it.each([
    ['counts with its apology when it is a chat that met its end three times', 'three kills', 1],
    ['counts for nothing when it is a command that met its end three times', '!limits', 0],
  ])('%s', async (_, text, rows) => {
    const ada = bot.person();
    await ada.asks('one');
    await bot.stop();
    const { id } = ada.says(text);
    await leaveUnfinished(id, ada.id, ada.channelId, 3);
    await bot.start();
    expect((await ada.hears()).content).toBe(wording.apology());
    await untilFinished(id);
    expect(bot.workflow.calls.map(({ body }) => body.messageId)).not.toContain(id);
    const counted = `SELECT s.message_type FROM message_stats s JOIN users u ON u.id = s.user_id WHERE discord_id = $1`;
    // The first message, and this one.
    expect(await query(bot.environment, counted, [ada.id])).toHaveLength(1 + rows);
  });
});
