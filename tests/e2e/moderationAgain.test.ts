import { container } from '@sapphire/framework';
import { describe, expect, inject, it, vi } from 'vitest';
import { startTestBot } from '#testing';
import { minutes } from '../../src/core/time.ts';
import { idsIn, moderator, moderatorIds } from './moderators.ts';
import { query } from './query.ts';

// What the ledger does after a crash: it hands the message out, and the command runs anew.
async function runAgain(personId: string, messageId: string): Promise<void> {
  const { client, stores } = container;
  const channel = await client.users.createDM(personId);
  const message = await channel.messages.fetch({ message: messageId, cache: false });
  const [name = '', ...parameters] = message.content.slice(1).split(' ');
  const command = stores.get('commands').get(name);
  const run = { commandName: name, commandPrefix: '!', prefix: '!' };
  const args = await command?.messagePreParse(message, parameters.join(' '), run);
  await command?.messageRun?.(message, args as never, run);
}

describe.skipIf(!inject('postgres'))('a moderator’s command that runs again after a crash', () => {
  it.each([
    ['at once', 0],
    ['when Discord has forgotten what was sent', minutes(6)],
  ])('%s, changes nothing twice and tells nobody twice', async (_when, later) => {
    await using bot = await startTestBot({ environment: { MODERATOR_IDS: moderatorIds.join(',') } });
    const [mod, ada] = [moderator(bot), bot.person()];
    const letGo = container.intake.holdChannel(mod.channelId, mod.id);
    const warning = mod.says(`!warn <@${ada.id}> spam`);
    const [id] = idsIn((await mod.hears()).content);
    const before = ada.heard.length;
    const revocation = mod.says(`!unwarn ${id}`);
    const { content } = await mod.hears();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + later });
    try {
      await runAgain(mod.id, warning.id);
      await runAgain(mod.id, revocation.id);
    } finally {
      vi.useRealTimers();
      letGo();
    }
    expect([before, ada.heard.length]).toEqual([1, 1]);
    expect(mod.heard.at(-1)?.content).toBe(content);
    const rows = await query(bot.environment, 'SELECT id, expires_at <= now() AS revoked FROM warnings');
    expect(rows).toEqual([{ id, revoked: true }]);
    const log = await query(bot.environment, 'SELECT action, warning_id FROM moderation_log ORDER BY id');
    expect(log).toEqual([
      { action: 'warn', warning_id: id },
      { action: 'unwarn', warning_id: id },
    ]);
  });
});
