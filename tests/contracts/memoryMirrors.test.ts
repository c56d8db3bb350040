import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { days, hours, minutes } from '../../src/core/time.ts';
import { MemoryAnalyticsRepository } from '../../src/plugins/analytics/repositories/MemoryAnalyticsRepository.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { MemoryWarningRepository } from '../../src/plugins/moderation/repositories/MemoryWarningRepository.ts';
import { MemoryRateLimitRepository } from '../../src/plugins/ratelimit/repositories/MemoryRateLimitRepository.ts';
import { ControlledClock } from '../../src/testing/ControlledClock.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const everyone = undefined;
const windowMs = minutes(1);

// Bytes that are in use after everything that nobody needs went.
function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

describe('the mirror of conversations', () => {
  function given(bounds = {}) {
    const clock = new ControlledClock();
    const mirror = new MemoryConversationRepository(clock, { retention: hours(24), limit: 20, ...bounds });
    const save = (text: string, ms = 0, person = ada) =>
      mirror.saveMessage(person, '', text, '', { key: `key of ${text}`, at: clock.at(ms) });
    const recall = async (person = ada) =>
      (await mirror.getRecentMessages(person, 100)).map(({ userMessage }) => userMessage);
    const shown = (...texts: string[]) =>
      texts.map((userMessage, n) => ({
        userMessage,
        aiResponse: '',
        timestamp: clock.at(n - 100),
        key: `key of ${userMessage}`,
      }));
    return { clock, mirror, save, recall, shown };
  }

  it('takes no more than its bytes, and makes room by forgetting who was silent longest', async () => {
    const { save, recall } = given({ maxBytes: 100_000 });
    for (let n = 0; n < 100; n += 1) await save('x'.repeat(2_000), 0, `${n}`);
    expect(await recall('0')).toEqual([]);
    expect(await recall('99')).toHaveLength(1);
    const known = [];
    for (let n = 0; n < 100; n += 1) known.push(...(await recall(`${n}`)));
    expect(known).toHaveLength(22);
  });

  it('keeps the newest of a person who takes the room of many, and the others', async () => {
    const { save, recall } = given({ maxBytes: 100_000 });
    await save('hers', 0, grace);
    for (let n = 0; n < 20; n += 1) await save(`${n}`.padStart(2_000), n);
    expect((await recall()).map((text) => text.trim())).toEqual(['18', '19']);
    await save('x'.repeat(50_000), 20);
    expect(await recall()).toEqual([]);
    expect(await recall(grace)).toEqual(['hers']);
  });

  it('learns nothing from before an erasing, whoever erased, however late the lesson', async () => {
    for (const scope of ['conversations', 'everything'] as const) {
      for (const person of [ada, everyone]) {
        const { clock, mirror, save, recall, shown } = given();
        mirror.learn(ada, shown('a', 'b', 'c'));
        await save('late', 5);
        mirror.forget(person, clock.at(-99));
        expect(await recall()).toEqual(['c', 'late']);
        mirror.evict(ada);
        mirror.clear();
        mirror.forget(person, clock.at(-100));
        mirror.learn(ada, shown('a', 'b', 'c'));
        await save('d', -99);
        expect(await recall(), scope).toEqual(['c']);
      }
    }
  });

  it('drops what it knows of one person or of everyone', async () => {
    const { mirror, save, recall } = given();
    for (const person of [ada, grace]) await save('Hello', 0, person);
    mirror.evict(ada);
    expect([await recall(ada), await recall(grace)]).toEqual([[], ['Hello']]);
    mirror.clear();
    expect(await recall(grace)).toEqual([]);
  });

  it('keeps what is on its way to the database, and each exchange once', async () => {
    const { mirror, save, recall, shown } = given();
    for (const text of ['b', 'on its way']) await save(text);
    await mirror.saveMessage(ada, '', 'without a key', '');
    mirror.learn(ada, shown('a', 'b', 'c'));
    expect(await recall()).toEqual(['a', 'b', 'c', 'on its way']);
    mirror.learn(ada, shown('a', 'c', 'on its way'));
    expect(await recall()).toEqual(['a', 'c', 'on its way']);
    await save('on its way');
    expect(await recall()).toHaveLength(3);
  });

  it('drops what the database has shown once, in whatever lesson, and does not show any more', async () => {
    const { mirror, save, recall, shown } = given();
    await save('a', -100);
    for (const lesson of [shown('a'), shown('a')]) mirror.learn(ada, lesson);
    expect(await recall()).toEqual(['a']);
    mirror.learn(ada, []);
    expect(await recall()).toEqual([]);
  });

  it.each([
    ['text', { userMessage: 'changed' }],
    ['answer', { aiResponse: 'changed' }],
    ['time', { timestamp: new ControlledClock().at(-99) }],
  ])('takes over the %s that somebody changed in the database', async (_what, change) => {
    const { mirror, save, shown } = given();
    await save('a', -100);
    const changed = shown('a').map((exchange) => ({ ...exchange, ...change }));
    for (const lesson of [shown('a'), changed]) mirror.learn(ada, lesson);
    expect(await mirror.getRecentMessages(ada, 1)).toEqual([
      { userMessage: 'a', aiResponse: '', timestamp: expect.any(Date), ...change },
    ]);
  });

  it('orders what it learns and what is said later by the time, and what is of one moment as it came', async () => {
    const { mirror, save, recall, shown } = given();
    mirror.learn(ada, shown('a', 'b', 'c'));
    for (const text of ['d', 'e']) await save(text, -99);
    await save('first', -101);
    expect(await recall()).toEqual(['first', 'a', 'b', 'd', 'e', 'c']);
  });

  it('shows nobody a key', async () => {
    const { mirror, shown } = given();
    mirror.learn(ada, shown('a'));
    const [exchange] = await mirror.getRecentMessages(ada, 1);
    expect(Object.keys(exchange ?? {})).toEqual(['userMessage', 'aiResponse', 'timestamp']);
  });
});

describe('the mirror of rate limits', () => {
  function given() {
    const clock = new ControlledClock();
    const mirror = new MemoryRateLimitRepository(clock);
    const check = (key: string, ms = 0, person = ada) =>
      mirror.checkAndUpdateLimit(person, 5, windowMs, { key, at: clock.at(ms) });
    const current = async (person = ada) => (await mirror.getLimit(person, 5, windowMs)).current;
    return { clock, mirror, check, current };
  }

  it('counts on whatever is dropped around it', async () => {
    const { mirror, check, current } = given();
    await check('1');
    mirror.evict(ada);
    mirror.clear();
    mirror.learn(ada, {});
    expect(await current()).toBe(1);
  });

  it('learns each message once, and counts what the database has not got yet besides', async () => {
    const { clock, mirror, check, current } = given();
    await check('1');
    await check('on its way');
    for (const _lesson of [1, 2]) mirror.learn(ada, { 1: clock.now(), 2: clock.now() });
    expect(await current()).toBe(3);
    expect(await check('2')).toMatchObject({ allowed: true, current: 3 });
  });

  it.each([
    ['one person', ada],
    ['everyone', everyone],
  ])('forgets the counts of %s up to a moment, but not for a flush of conversations', async (_who, person) => {
    const { clock, mirror, check, current } = given();
    for (const ms of [-1, 0, 1]) await check(`${ms}`, ms);
    await check('hers', 0, grace);
    mirror.forget(person, clock.at(0), 'conversations');
    expect(await current()).toBe(3);
    mirror.forget(person, clock.at(0), 'everything');
    mirror.learn(ada, { 0: clock.now() });
    await mirror.recordMessage(ada, windowMs, { key: '-1', at: clock.at(-1) });
    expect(await current()).toBe(1);
    expect(await current(grace)).toBe(person === everyone ? 0 : 1);
  });

  it('forgets everyone at once, many as they are, but nobody who was counted since', async () => {
    const { clock, mirror, check, current } = given();
    const before = bytesInUse();
    const people = Array.from({ length: 100_000 }, (_, n) => `${ada}${n}`);
    const [first = '', last = ''] = [people[0], people.at(-1)];
    for (const [n, person] of people.entries()) await check(`${n}`, 0, person);
    await check('since', 1, last);
    mirror.forget(everyone, clock.at(0), 'everything');
    await check('after', 2, first);
    const known = async () => [await current(first), await current(people[1]), await current(last)];
    expect(await known()).toEqual([1, 0, 1]);
    await expect.poll(() => bytesInUse() - before).toBeLessThan(12_000_000);
    expect(await known()).toEqual([1, 0, 1]);
  });

  it('takes less than 25 MB for 100,000 people within their window, and nothing after two', async () => {
    const { clock, mirror, check, current } = given();
    const before = bytesInUse();
    for (let n = 0; n < 100_000; n += 1) await check(`${1_300_000_000_000_000_000n + BigInt(n)}`, 0, `${ada}${n}`);
    expect(bytesInUse() - before).toBeLessThan(25_000_000);
    clock.advance(windowMs - 1);
    await check('other', 0, grace);
    expect(await current(`${ada}0`)).toBe(1);
    clock.advance(windowMs + 1);
    await check('other again', 0, grace);
    await expect.poll(() => bytesInUse() - before).toBeLessThan(2_000_000);
    // Neither mirror nor clock may go before they are measured.
    expect(await mirror.getLimit(`${ada}0`, 5, windowMs)).toMatchObject({ current: 0, resetAt: clock.at(0) });
  });
});

describe('the mirror of warnings', () => {
  function given(maxBytes?: number) {
    const clock = new ControlledClock();
    const mirror = new MemoryWarningRepository(clock, days(30), maxBytes);
    const active = async (person = ada) => (await mirror.getActiveWarnings(person)).map(({ reason }) => reason);
    const shown = (reason: string) => ({
      id: `id-of-${reason}`,
      reason,
      issuedBy: grace,
      createdAt: clock.at(-1),
      expiresAt: clock.at(days(30) - 1),
    });
    return { clock, mirror, active, shown };
  }

  it('drops what the database has, and keeps what may be known here only', async () => {
    for (const drop of ['evict', 'clear', 'learn'] as const) {
      const { mirror, active, shown } = given();
      await mirror.addWarning(ada, '', 'made here', grace);
      mirror.learn(ada, [shown('learned')]);
      expect(await active()).toEqual(['made here', 'learned']);
      if (drop === 'learn') mirror.learn(ada, []);
      else mirror[drop](ada);
      expect(await active(), drop).toEqual(['made here']);
      mirror.learn(ada, await mirror.getActiveWarnings(ada));
      mirror.evict(ada);
      expect(await active(), drop).toEqual([]);
    }
  });

  it('keeps revoked what was revoked here until the database has heard of it', async () => {
    const { clock, mirror, active, shown } = given();
    const personal = { ...shown('learned'), discordId: ada, username: 'ada' };
    mirror.learnSome([personal]);
    expect(await mirror.revokeWarning(ada, personal.id, grace, { key: 'unwarn-1' })).toBe('revoked');
    mirror.evict(ada);
    mirror.learnSome([personal]);
    expect(await active()).toEqual([]);
    mirror.learnSome([{ ...personal, expiresAt: clock.at(0), revokedBy: grace }]);
    expect(await mirror.revokeWarning(ada, personal.id, grace, { key: 'unwarn-1' })).toBe('revoked');
    mirror.evict(ada);
    expect(await mirror.findWarning(personal.id)).toBeUndefined();
  });

  it('knows the names of those whose warnings it was shown, and forgets nobody else’s', async () => {
    const { mirror, active, shown } = given();
    mirror.learn(ada, [shown('one')]);
    expect(await mirror.findWarning('id-of-one')).toMatchObject({ discordId: ada, username: '' });
    mirror.learnSome([{ ...shown('other'), discordId: ada, username: 'ada' }]);
    expect(await mirror.findWarning('id-of-one')).toMatchObject({ username: 'ada' });
    expect((await active()).toSorted()).toEqual(['one', 'other']);
  });

  it('lets everything pass that is forgotten', async () => {
    const { clock, mirror, active, shown } = given();
    mirror.learn(ada, [shown('learned')]);
    mirror.forget(ada, clock.at(1));
    mirror.forget(everyone, clock.at(1));
    expect(await active()).toEqual(['learned']);
  });

  it('takes no more than its bytes for what the database has, and drops nothing that may be known here only', async () => {
    const { clock, mirror, active, shown } = given(20_000);
    for (let n = 0; n < 40; n += 1) await mirror.addWarning(`here-${n}`, '', 'x'.repeat(1_000), grace);
    for (let n = 0; n < 40; n += 1) mirror.learn(`there-${n}`, [shown('x'.repeat(1_000))]);
    for (let n = 0; n < 40; n += 1) expect(await active(`here-${n}`)).toHaveLength(1);
    for (let n = 0; n < 40; n += 1) expect(await active(`there-${n}`)).toHaveLength(0);
    clock.advance(days(30));
    mirror.learn(ada, [shown('new')]);
    expect(await active()).toEqual(['new']);
    expect(await mirror.getWarningHistory('here-0', true)).toEqual([]);
  });
});

describe('the mirror of statistics', () => {
  function given() {
    const clock = new ControlledClock();
    const mirror = new MemoryAnalyticsRepository(clock);
    const log = async (key: string, ms = 0, person = ada) => {
      const options = { key, at: clock.at(ms) };
      await mirror.logMessage(person, person, 'dm', 'chat', null, null, options);
      await mirror.logCommand(person, person, 'help', false, true, options);
    };
    const total = async () => (await mirror.getGlobalStats(1)).total_messages;
    return { clock, mirror, log, total };
  }

  it('holds the last 20,000 messages and commands, each once', async () => {
    const { mirror, log, total } = given();
    for (let n = 0; n <= 20_000; n += 1) await log(`${n}`);
    for (let n = 1; n <= 20_000; n += 1) await log(`${n}`);
    expect(await total()).toBe(20_000);
    expect(await mirror.countUser(ada)).toEqual({ messages: 20_000, commands: 20_000 });
    mirror.evict(ada);
    expect(await total()).toBe(20_000);
    mirror.clear();
    expect(await total()).toBe(0);
  });

  it.each([
    ['one person', ada],
    ['everyone', everyone],
  ])('forgets %s up to a moment, but not for a flush of conversations', async (_who, person) => {
    const { clock, mirror, log } = given();
    for (const ms of [-1, 0, 1]) await log(`${ms}`, ms);
    await log('hers', 0, grace);
    mirror.forget(person, clock.at(0), 'conversations');
    expect(await mirror.countUser(ada)).toEqual({ messages: 3, commands: 3 });
    mirror.forget(person, clock.at(0), 'everything');
    mirror.clear();
    for (const ms of [-1, 0, 1]) await log(`late ${ms}`, ms);
    await log('hers, late', 0, grace);
    expect(await mirror.countUser(ada)).toEqual({ messages: 1, commands: 1 });
    expect((await mirror.countUser(grace)).messages).toBe(person === everyone ? 0 : 1);
  });
});
