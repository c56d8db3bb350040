import { expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/core/time.ts';
import { DatabaseConversationRepository } from '../../src/plugins/memory/repositories/DatabaseConversationRepository.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { DatabaseWarningRepository } from '../../src/plugins/moderation/repositories/DatabaseWarningRepository.ts';
import { MemoryWarningRepository } from '../../src/plugins/moderation/repositories/MemoryWarningRepository.ts';
import { DatabaseRateLimitRepository } from '../../src/plugins/ratelimit/repositories/DatabaseRateLimitRepository.ts';
import { MemoryRateLimitRepository } from '../../src/plugins/ratelimit/repositories/MemoryRateLimitRepository.ts';
import type { Given } from './describeContracts.ts';

const ada = '100000000000000001';
const moderator = '300000000000000001';
const windowMs = minutes(1);

/** What a mirror knows after the database was asked: the same as the database, whoever wrote to it. */
export function mirrors(given: Given): void {
  function database() {
    if (!given.database) throw new Error('There is no database to ask.');
    return given.database;
  }

  // The instance under test; `given` has the repositories of another one.
  function conversationsHere() {
    const mirror = new MemoryConversationRepository(given.clock, { retention: hours(24), limit: 20 });
    const primary = new DatabaseConversationRepository(database(), given.clock, (...lesson) => mirror.learn(...lesson));
    return { mirror, primary };
  }

  function rateLimitsHere() {
    const mirror = new MemoryRateLimitRepository(given.clock);
    const primary = new DatabaseRateLimitRepository(database(), given.clock, (...lesson) => mirror.learn(...lesson));
    return { mirror, primary };
  }

  it('recalls what another instance stored, and no exchange twice', async () => {
    const { mirror, primary } = conversationsHere();
    const at = (n: number) => given.clock.at(-seconds(10 - n));
    const save = (n: number) => [ada, 'ada', `${n}`, '', { key: `turn-${n}`, at: at(n) }] as const;
    await given.conversations.saveMessage(...save(1));
    for (const repository of [primary, mirror]) await repository.saveMessage(...save(2));
    await given.conversations.saveMessage(...save(3));
    // One that the database has not got yet.
    await mirror.saveMessage(...save(4));
    const stored = await primary.getRecentMessages(ada, 20);
    expect(stored.map(({ userMessage }) => userMessage)).toEqual(['1', '2', '3']);
    expect(stored[0]).toEqual({ userMessage: '1', aiResponse: '', timestamp: at(1) });
    expect(await mirror.getRecentMessages(ada, 20)).toEqual([
      ...stored,
      { userMessage: '4', aiResponse: '', timestamp: at(4) },
    ]);
    await primary.saveMessage(...save(4));
    expect(await primary.getRecentMessages(ada, 20)).toEqual(await mirror.getRecentMessages(ada, 20));
  });

  it('drops what is not in the database any more, but not what was out of sight only', async () => {
    const { mirror, primary } = conversationsHere();
    for (const n of [1, 2, 3])
      await given.conversations.saveMessage(ada, 'ada', `${n}`, '', { at: given.clock.at(-seconds(10 - n)) });
    await primary.getRecentMessages(ada, 20);
    await database().query("DELETE FROM conversations WHERE user_message = '2'");
    await primary.getRecentMessages(ada, 1);
    expect(await mirror.getRecentMessages(ada, 20)).toMatchObject(
      ['1', '2', '3'].map((userMessage) => ({ userMessage })),
    );
    await primary.getRecentMessages(ada, 2);
    expect(await mirror.getRecentMessages(ada, 20)).toMatchObject(['1', '3'].map((userMessage) => ({ userMessage })));
    await database().query('DELETE FROM conversations');
    await primary.getRecentMessages(ada, 0);
    expect(await mirror.getRecentMessages(ada, 20)).toHaveLength(2);
    await primary.getRecentMessages(ada, 20);
    expect(await mirror.getRecentMessages(ada, 20)).toEqual([]);
  });

  it('knows what another instance counted, as of the last check', async () => {
    const { mirror, primary } = rateLimitsHere();
    for (const n of [1, 2, 3]) await given.rateLimits.checkAndUpdateLimit(ada, 5, windowMs, { key: `message-${n}` });
    const state = await primary.checkAndUpdateLimit(ada, 5, windowMs, { key: 'message-4' });
    expect(Object.keys(state).sort()).toEqual(['allowed', 'current', 'remaining', 'resetAt']);
    expect(await mirror.getLimit(ada, 5, windowMs)).toEqual({ ...state, allowed: true });
    expect(await mirror.checkAndUpdateLimit(ada, 5, windowMs, { key: 'message-2' })).toMatchObject({ current: 4 });
    await given.rateLimits.checkAndUpdateLimit(ada, 5, windowMs);
    // Refused, and a lesson all the same.
    expect(await primary.checkAndUpdateLimit(ada, 5, windowMs, { key: 'message-6' })).toMatchObject({ allowed: false });
    expect(await mirror.getLimit(ada, 5, windowMs)).toMatchObject({ allowed: false, current: 5 });
  });

  it('brings what two instances let in during an outage together', async () => {
    const [one, other] = [rateLimitsHere(), rateLimitsHere()];
    const message = (n: number) => ({ key: `message-${n}`, at: given.clock.at(-seconds(30) + n) });
    await one.primary.checkAndUpdateLimit(ada, 5, windowMs, message(1));
    // The database is away: each instance has room of its own.
    for (const n of [2, 3, 4, 5]) await one.mirror.checkAndUpdateLimit(ada, 5, windowMs, message(n));
    for (const n of [5, 6, 7]) await other.mirror.checkAndUpdateLimit(ada, 5, windowMs, message(n));
    // It is back, and gets the journals.
    for (const n of [2, 3, 4, 5]) await one.primary.recordMessage(ada, windowMs, message(n));
    for (const n of [5, 6, 7]) await other.primary.recordMessage(ada, windowMs, message(n));
    const state = { allowed: false, remaining: 0, current: 7, resetAt: given.clock.at(seconds(30) + 1) };
    expect(await one.primary.checkAndUpdateLimit(ada, 5, windowMs)).toEqual(state);
    for (const { mirror } of [one, other]) expect(await mirror.getLimit(ada, 5, windowMs)).toEqual(state);
  });

  it('knows the warnings of the database, and what it has not got yet', async () => {
    const mirror = new MemoryWarningRepository(given.clock, days(30));
    const primary = new DatabaseWarningRepository(database(), given.clock, days(30), (...lesson) =>
      mirror.learn(...lesson),
    );
    const warn = (n: number, at = given.clock.at(-seconds(10 - n))) =>
      [ada, 'ada', `${n}`, moderator, { key: `warn-${n}`, at }] as const;
    await given.warnings.addWarning(...warn(1));
    await given.warnings.addWarning(...warn(0, given.clock.at(-days(31))));
    for (const repository of [primary, mirror]) await repository.addWarning(...warn(2));
    await mirror.addWarning(...warn(3));
    expect(await primary.getActiveWarnings(ada)).toHaveLength(2);
    expect((await mirror.getActiveWarnings(ada)).map(({ reason }) => reason)).toEqual(['3', '2', '1']);
    await primary.addWarning(...warn(3));
    const history = await primary.getWarningHistory(ada, true);
    expect(await mirror.getWarningHistory(ada, true)).toEqual(history);
    expect(history.map(({ reason }) => reason)).toEqual(['3', '2', '1', '0']);

    // Somebody revoked one, and the lesson is about active ones only.
    await database().query("UPDATE warnings SET expires_at = $1 WHERE reason = '2'", [given.clock.at(0)]);
    await primary.getActiveWarnings(ada);
    expect((await mirror.getActiveWarnings(ada)).map(({ reason }) => reason)).toEqual(['3', '1']);
    expect((await mirror.getWarningHistory(ada, true)).map(({ reason }) => reason)).toEqual(['3', '1', '0']);
    await primary.getWarningHistory(ada, true);
    expect(await mirror.getWarningHistory(ada, true)).toEqual(await primary.getWarningHistory(ada, true));
  });
}
