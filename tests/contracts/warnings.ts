import { describe, expect, it } from 'vitest';
import { days, hours, seconds } from '../../src/core/time.ts';
import { warningId } from '../../src/plugins/moderation/repositories/warningId.ts';
import type { Given } from './describeContracts.ts';
import { texts } from './texts.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const moderator = '300000000000000001';
const other = '300000000000000002';

/** What everyone may expect of a WarningRepository. */
export function warnings(given: Given): void {
  const warn = (reason: string, options = {}, discordId = ada) =>
    given.warnings.addWarning(discordId, 'ada', reason, moderator, options);
  const active = async (discordId = ada) =>
    (await given.warnings.getActiveWarnings(discordId)).map(({ reason }) => reason);
  const history = async (includeExpired: boolean) =>
    (await given.warnings.getWarningHistory(ada, includeExpired)).map(({ reason }) => reason);

  it('knows no warnings of a person who never got one', async () => {
    expect([...(await active()), ...(await history(false)), ...(await history(true))]).toEqual([]);
  });

  it('keeps who warned, why, when and until when, under an id that a person can type', async () => {
    expect(await warn('spam')).toBe(1);
    expect(await given.warnings.getActiveWarnings(ada)).toEqual([
      {
        id: expect.stringMatching(/^[2-9a-z]{8}$/),
        reason: 'spam',
        issuedBy: moderator,
        createdAt: given.clock.at(0),
        expiresAt: given.clock.at(days(30)),
      },
    ]);
  });

  it('says how many active warnings the person has now', async () => {
    expect(await warn('1')).toBe(1);
    expect(await warn('2')).toBe(2);
    given.clock.advance(days(29));
    expect(await warn('3')).toBe(3);
    given.clock.advance(days(1));
    expect(await warn('4')).toBe(2);
  });

  it('counts a warning until the very millisecond of its expiry', async () => {
    await warn('spam');
    given.clock.advance(days(30) - 1);
    expect(await active()).toEqual(['spam']);
    given.clock.advance(1);
    expect(await active()).toEqual([]);
    expect(await history(false)).toEqual([]);
    expect(await history(true)).toEqual(['spam']);
  });

  it('lists the newest first, expired ones only when asked for', async () => {
    await warn('expired', { at: given.clock.at(-days(31)) });
    await warn('new', { at: given.clock.at(-seconds(1)) });
    await warn('old', { at: given.clock.at(-hours(1)) });
    expect(await active()).toEqual(['new', 'old']);
    expect(await history(false)).toEqual(['new', 'old']);
    expect(await history(true)).toEqual(['new', 'old', 'expired']);
  });

  it('does not count a warning that had expired before it was stored', async () => {
    expect(await warn('long ago', { at: given.clock.at(-days(30)) })).toBe(0);
    expect(await warn('just in time', { at: given.clock.at(1 - days(30)) })).toBe(1);
  });

  it('keeps a warning once that comes again under its key', async () => {
    expect(await warn('first', { key: 'warn-1' })).toBe(1);
    expect(await warn('again', { key: 'warn-1' })).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => warn('at once', { key: 'warn-2' })));
    expect((await active()).sort()).toEqual(['at once', 'first']);
    expect(await warn('first')).toBe(3);
  });

  it("keeps people's warnings apart", async () => {
    await warn('mine');
    expect(await warn('hers', {}, grace)).toBe(1);
    expect(await active(ada)).toEqual(['mine']);
    expect(await active(grace)).toEqual(['hers']);
  });

  it('keeps 50 warnings that come at once, each under an id of its own', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => warn(`${n}`)));
    const ids = (await given.warnings.getActiveWarnings(ada)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(50);
  });

  it('names a warning after its key, so that it is the same one everywhere', async () => {
    await warn('first', { key: 'warn-1' });
    expect(await given.warnings.getActiveWarnings(ada)).toMatchObject([{ id: warningId('warn-1') }]);
    expect(['warn-1', 'warn-2', ''].map(warningId)).toEqual(['qvhyvfcv', 'txgasm7w', 'r36tdz2f']);
  });

  it('counts the earlier ones of warnings that come in the same instant', async () => {
    const counts = await Promise.all(Array.from({ length: 20 }, (_, n) => warn(`${n}`, { key: `warn-${n}` })));
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  describe('that is revoked', () => {
    const revoke = (key: string, options = {}, discordId = ada) =>
      given.warnings.revokeWarning(discordId, warningId(key), other, options);

    it('counts no more from that moment on, and stays on record with who did it', async () => {
      await warn('spam', { key: 'warn-1' });
      await warn('again', { key: 'warn-2' });
      given.clock.advance(hours(1));
      expect(await revoke('warn-1')).toBe('revoked');
      expect(await active()).toEqual(['again']);
      expect(await warn('third')).toBe(2);
      expect([(await history(true)).length, (await history(false)).length]).toEqual([3, 2]);
      const record = (await given.warnings.getWarningHistory(ada, true)).find(({ reason }) => reason === 'spam');
      expect(record).toEqual({
        id: warningId('warn-1'),
        reason: 'spam',
        issuedBy: moderator,
        createdAt: given.clock.at(-hours(1)),
        expiresAt: given.clock.at(0),
        revokedBy: other,
      });
    });

    it('is revoked once: the same wish is told the same again, another one that it came too late', async () => {
      for (const warning of ['warn-1', 'warn-2', 'warn-3', 'warn-4', 'warn-5']) await warn('spam', { key: warning });
      const wishes = Array.from({ length: 50 }, (_, n) => ({ warning: `warn-${(n % 5) + 1}`, key: `unwarn-${n}` }));
      const told = await Promise.all(wishes.map(({ warning, key }) => revoke(warning, { key })));
      expect(told.filter((revocation) => revocation === 'revoked')).toHaveLength(5);
      expect(new Set(told)).toEqual(new Set(['revoked', 'alreadyRevoked']));
      const [first] = wishes.filter((_wish, n) => told[n] === 'revoked');
      given.clock.advance(days(1));
      expect(await revoke(String(first?.warning), { key: String(first?.key) })).toBe('revoked');
      expect(await revoke(String(first?.warning), { key: 'later' })).toBe('alreadyRevoked');
      const found = await given.warnings.findWarning(warningId(String(first?.warning)));
      expect(found).toMatchObject({ expiresAt: given.clock.at(-days(1)) });
    });

    it('can be revoked until the very millisecond before its expiry', async () => {
      for (const key of ['warn-1', 'warn-2']) await warn(key, { key });
      given.clock.advance(days(30) - 1);
      expect(await revoke('warn-1')).toBe('revoked');
      given.clock.advance(1);
      expect(await revoke('warn-2')).toBe('alreadyExpired');
      const [second, first] = await Promise.all(
        ['warn-2', 'warn-1'].map((key) => given.warnings.findWarning(warningId(key))),
      );
      expect([first?.revokedBy, second?.revokedBy]).toEqual([other, undefined]);
    });

    it('is revoked at the time of the wish, however late it comes', async () => {
      await warn('spam', { key: 'warn-1' });
      given.clock.advance(days(31));
      expect(await revoke('warn-1', { at: given.clock.at(-days(2)) })).toBe('revoked');
      expect(await given.warnings.findWarning(warningId('warn-1'))).toMatchObject({
        expiresAt: given.clock.at(-days(2)),
        revokedBy: other,
      });
    });

    it('ends no sooner than it began', async () => {
      await warn('spam', { key: 'warn-1' });
      expect(await revoke('warn-1', { at: given.clock.at(-seconds(1)) })).toBe('revoked');
      expect(await given.warnings.findWarning(warningId('warn-1'))).toMatchObject({ expiresAt: given.clock.at(0) });
      expect(await active()).toEqual([]);
    });

    it('has to be there, and the person’s', async () => {
      expect(await revoke('warn-1')).toBe('unknown');
      await warn('spam', { key: 'warn-1' });
      expect(await revoke('warn-1', {}, grace)).toBe('unknown');
      expect(await active()).toEqual(['spam']);
    });

    it('does not come back when it comes again under its key', async () => {
      await warn('spam', { key: 'warn-1' });
      await revoke('warn-1');
      expect(await warn('spam', { key: 'warn-1' })).toBe(0);
      expect(await active()).toEqual([]);
    });
  });

  it('finds a warning by its id, and whom it is about', async () => {
    await given.warnings.addWarning(ada, 'ada', 'spam', moderator, { key: 'warn-1' });
    expect(await given.warnings.findWarning(warningId('warn-1'))).toEqual({
      discordId: ada,
      username: 'ada',
      id: warningId('warn-1'),
      reason: 'spam',
      issuedBy: moderator,
      createdAt: given.clock.at(0),
      expiresAt: given.clock.at(days(30)),
    });
    expect(await given.warnings.findWarning('none')).toBeUndefined();
  });

  it("lists everyone's active warnings, newest first, a part at a time", async () => {
    expect(await given.warnings.getAllActiveWarnings(0, 10)).toEqual({ total: 0, warnings: [] });
    for (let n = 0; n < 5; n += 1) await warn(`${n}`, { at: given.clock.at(-seconds(n)) }, n % 2 === 0 ? ada : grace);
    await warn('expired', { at: given.clock.at(-days(30)) });
    await warn('revoked', { key: 'warn-1' }, grace);
    await given.warnings.revokeWarning(grace, warningId('warn-1'), other);
    const page = async (offset: number, limit: number) => {
      const { total, warnings } = await given.warnings.getAllActiveWarnings(offset, limit);
      return [total, ...warnings.map(({ reason }) => reason)];
    };
    expect(await page(0, 10)).toEqual([5, '0', '1', '2', '3', '4']);
    expect(await page(0, 2)).toEqual([5, '0', '1']);
    expect(await page(4, 2)).toEqual([5, '4']);
    expect(await page(5, 2)).toEqual([5]);
    const { warnings } = await given.warnings.getAllActiveWarnings(0, 2);
    expect(warnings).toMatchObject([
      { discordId: ada, username: 'ada' },
      { discordId: grace, username: 'ada' },
    ]);
    given.clock.advance(days(30) - seconds(1));
    expect(await page(0, 10)).toEqual([1, '0']);
    given.clock.advance(seconds(1));
    expect(await page(0, 10)).toEqual([0]);
  });

  it('lets flushes of conversations pass', async () => {
    await warn('spam');
    await given.conversations.flushUserConversations(ada);
    await given.conversations.flushAllConversations();
    await given.analytics.forgetUser(ada);
    await given.rateLimits.resetUserLimit(ada);
    expect(await active()).toEqual(['spam']);
  });

  it.each(texts)('keeps %s letter by letter', async (_what, text) => {
    await given.warnings.addWarning(ada, text, text, text, { key: text });
    expect(await given.warnings.getWarningHistory(ada, true)).toMatchObject([{ reason: text, issuedBy: text }]);
  });
}
