import { beforeEach, expect, it } from 'vitest';
import { days } from '../../src/core/time.ts';
import { warningId } from '../../src/plugins/moderation/repositories/warningId.ts';
import type { Given } from './describeContracts.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const moderator = '300000000000000001';
const other = '300000000000000002';

/** What a database promises of moderation besides: everything is on record, and stays there after the cleanup. */
export function moderationLog(given: Given): void {
  const query = async (sql: string, parameters: readonly unknown[] = []) => {
    if (!given.database) throw new Error('There is no database to ask.');
    return given.database.query(sql, parameters);
  };
  const cleanUp = () => query('SELECT cleanup_expired_warnings()');
  const log = () =>
    query(
      'SELECT action, warning_id, reason, actor, key, warned_at IS NULL AS undated FROM moderation_log ORDER BY at, id',
    );
  const warn = (key: string, ago: number, person = ada) =>
    given.warnings.addWarning(person, 'ada', `reason of ${key}`, moderator, { key, at: given.clock.at(-ago) });
  const revoke = (key: string, ago: number) =>
    given.warnings.revokeWarning(ada, warningId(key), other, { key: `un${key}`, at: given.clock.at(-ago) });

  // One that counts, one that was revoked, one that expired, one of somebody else.
  beforeEach(async () => {
    await warn('warn-1', days(1));
    await warn('warn-2', days(29));
    await revoke('warn-2', days(28));
    await warn('warn-3', days(31));
    await warn('warn-4', days(40), grace);
  });

  const row = (action: string, key: string, actor: string, by = key) => ({
    action,
    warning_id: warningId(key),
    reason: `reason of ${key}`,
    actor,
    key: action === 'expire' ? null : by,
    undated: false,
  });

  it('has who did what to whom and when, once', async () => {
    for (const _again of [1, 2]) {
      await warn('warn-1', days(1));
      await revoke('warn-2', days(28));
      expect(await log()).toEqual([
        row('warn', 'warn-4', moderator),
        row('warn', 'warn-3', moderator),
        row('warn', 'warn-2', moderator),
        row('unwarn', 'warn-2', other, 'unwarn-2'),
        row('warn', 'warn-1', moderator),
      ]);
    }
    await cleanUp();
    const ended = (await log()) as { action: string; warning_id: string }[];
    expect(ended.filter(({ action }) => action === 'expire')).toEqual([
      row('expire', 'warn-4', 'system'),
      row('expire', 'warn-3', 'system'),
    ]);
    expect(ended).toHaveLength(7);
  });

  it('leaves the history as it was, before and after the cleanup', async () => {
    const history = () => given.warnings.getWarningHistory(ada, true);
    const before = await history();
    expect(before.map(({ id, revokedBy }) => [id, revokedBy])).toEqual([
      [warningId('warn-1'), undefined],
      [warningId('warn-2'), other],
      [warningId('warn-3'), undefined],
    ]);
    await cleanUp();
    expect(await query('SELECT id FROM warnings')).toEqual([{ id: warningId('warn-1') }]);
    expect(await history()).toEqual(before);
    for (const { id } of before)
      expect(await given.warnings.findWarning(id)).toEqual({
        ...before.find((warning) => warning.id === id),
        discordId: ada,
        username: 'ada',
      });
  });

  it('knows after the cleanup why a warning cannot be revoked', async () => {
    await cleanUp();
    expect(await revoke('warn-3', 0)).toBe('alreadyExpired');
    expect(await given.warnings.revokeWarning(ada, warningId('warn-2'), moderator, {})).toBe('alreadyRevoked');
    expect(await revoke('warn-2', 0)).toBe('revoked');
    expect(await revoke('warn-9', 0)).toBe('unknown');
    expect(await given.warnings.revokeWarning(ada, warningId('warn-4'), other, {})).toBe('unknown');
  });

  it('keeps a warning from coming back after the cleanup, and its id for it alone', async () => {
    await cleanUp();
    expect(await warn('warn-3', days(31))).toBe(1);
    expect(await query('SELECT id FROM warnings')).toHaveLength(1);
    await query(
      "SELECT add_warning($1, 'ada', $2, 'new', '9', now(), now() + interval '1 day', 'another key', now())",
      [ada, warningId('warn-3')],
    );
    const history = await given.warnings.getWarningHistory(ada, true);
    expect(history.map(({ reason }) => reason)).toEqual([
      'new',
      'reason of warn-1',
      'reason of warn-2',
      'reason of warn-3',
    ]);
    expect(history[0]?.id).toMatch(new RegExp(`^${warningId('warn-3')}[0-9a-f]{4}$`));
  });

  it('has what was written by hand, as far as it is known', async () => {
    await query(
      `INSERT INTO warnings (id, user_id, reason, issued_by) SELECT 'by-hand', id, 'by hand', 'automation' FROM users WHERE discord_id = $1`,
      [grace],
    );
    await query("DELETE FROM warnings WHERE id = 'by-hand'");
    expect(await given.warnings.findWarning('by-hand')).toBeUndefined();
    await query('DELETE FROM warnings WHERE id = $1', [warningId('warn-1')]);
    const taken = await given.warnings.findWarning(warningId('warn-1'));
    expect(Number(taken?.expiresAt)).toBeLessThan(Date.now() + days(1));
    expect(await given.warnings.getActiveWarnings(ada)).toEqual([]);
  });
}
