import fc from 'fast-check';
import { expect, it } from 'vitest';
import { days, hours, minutes } from '../../src/core/time.ts';
import type { GlobalStats } from '../../src/plugins/analytics/repositories/AnalyticsRepository.ts';
import type { Given } from './describeContracts.ts';
import { texts } from './texts.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const nothing: GlobalStats = {
  total_messages: 0,
  unique_users: 0,
  avg_response_time_ms: 0,
  messages_by_type: { chat: 0, command: 0 },
  top_users: [],
  peak_hours: {},
  top_commands: [],
};

/** What everyone may expect of an AnalyticsRepository. */
export function analytics(given: Given): void {
  const chat = (discordId: string, options = {}, responseTime: number | null = null) =>
    given.analytics.logMessage(discordId, `name of ${discordId}`, 'dm', 'chat', responseTime, null, options);
  const command = (name: string, options = {}) =>
    given.analytics.logCommand(ada, `name of ${ada}`, name, false, true, options);

  it('counts nothing where there is nothing', async () => {
    expect(await given.analytics.getGlobalStats(7)).toEqual(nothing);
    expect(await given.analytics.getReport(7)).toMatchObject({ stats: nothing, hours: [] });
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 0, commands: 0 });
    expect(await given.analytics.forgetUser(ada)).toBe(0);
  });

  it('counts messages, people, types, hours and commands', async () => {
    const at = new Date(`${new Date(given.clock.now() - days(1)).toISOString().slice(0, 10)}T23:30:00Z`);
    await given.analytics.logMessage(ada, 'ada', 'dm', 'chat', 100, 50, { at });
    await given.analytics.logMessage(ada, 'ada', 'dm', 'command', 201, null, { at });
    await given.analytics.logMessage(grace, 'grace', 'dm', 'chat', null, null, { at });
    await given.analytics.logCommand(ada, 'ada', 'help', false, true, { at });
    await given.analytics.logCommand(ada, 'ada', 'help', true, false, { at });
    await given.analytics.logCommand(ada, 'ada', 'limits', false, true, { at });
    expect(await given.analytics.getGlobalStats(7)).toEqual({
      total_messages: 3,
      unique_users: 2,
      avg_response_time_ms: 150.5,
      messages_by_type: { chat: 2, command: 1 },
      top_users: [
        { discord_id: ada, username: 'ada', message_count: 2 },
        { discord_id: grace, username: 'grace', message_count: 1 },
      ],
      peak_hours: { 23: 3 },
      top_commands: [
        { command_name: 'help', usage_count: 2 },
        { command_name: 'limits', usage_count: 1 },
      ],
    });
  });

  it('counts the last so many days only', async () => {
    for (const n of [0, 1, 2, 6, 7, 30]) await chat(ada, { at: given.clock.at(-days(n) - minutes(5)) });
    for (const n of [0, 1, 2, 6, 7, 30]) await command('help', { at: given.clock.at(-days(n) - minutes(5)) });
    for (const [span, expected] of [
      [1, 1],
      [2, 2],
      [7, 4],
      [90, 6],
    ] as const) {
      const { total_messages, top_commands } = await given.analytics.getGlobalStats(span);
      expect({ total_messages, usage: top_commands[0]?.usage_count }).toEqual({
        total_messages: expected,
        usage: expected,
      });
    }
  });

  it('counts nothing in no days at all, and everything that is kept in more days than there were', async () => {
    await chat(ada, { at: given.clock.at(-days(80)) });
    await command('help', { at: given.clock.at(-minutes(1)) });
    for (const span of [0, -5]) expect(await given.analytics.getGlobalStats(span)).toEqual(nothing);
    for (const span of [91, 1_000_000_000])
      expect(await given.analytics.getGlobalStats(span)).toMatchObject({
        total_messages: 1,
        top_commands: [{ command_name: 'help', usage_count: 1 }],
      });
  });

  it('lists the first five of many, and of those with the same count always the same', async () => {
    const counts = { 5: 1, 1: 2, 7: 3, 3: 1, 2: 1, 6: 1, 4: 1 };
    for (const [id, n] of Object.entries(counts)) {
      for (let i = 0; i < n; i += 1) {
        await chat(id);
        await command(`command-${id}`);
      }
    }
    const { top_users, top_commands } = await given.analytics.getGlobalStats(1);
    expect(top_users.map(({ discord_id }) => discord_id)).toEqual(['7', '1', '2', '3', '4']);
    expect(top_commands.map(({ command_name }) => command_name)).toEqual(
      ['7', '1', '2', '3', '4'].map((id) => `command-${id}`),
    );
  });

  it('rounds the average to hundredths, halves up', async () => {
    await Promise.all([2, ...Array.from({ length: 39 }, () => 1)].map((responseTime) => chat(ada, {}, responseTime)));
    expect((await given.analytics.getGlobalStats(1)).avg_response_time_ms).toBe(1.03);
  });

  it('shows the latest name of a person', async () => {
    await given.analytics.logMessage(ada, 'before', 'dm', 'chat', null, null, { at: given.clock.at(-hours(1)) });
    await given.analytics.logMessage(ada, 'after', 'dm', 'chat', null, null);
    expect((await given.analytics.getGlobalStats(1)).top_users).toEqual([
      { discord_id: ada, username: 'after', message_count: 2 },
    ]);
  });

  it('counts what comes again under its key once, messages and commands apart', async () => {
    await Promise.all(Array.from({ length: 10 }, () => chat(ada, { key: 'turn-1' })));
    await Promise.all(Array.from({ length: 10 }, () => command('help', { key: 'turn-1' })));
    await chat(ada);
    await chat(ada);
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 3, commands: 1 });
  });

  it('does not change what was counted when something else comes under its key', async () => {
    await chat(ada, { key: 'turn-1' });
    await given.analytics.logMessage(ada, 'ada', 'dm', 'command', null, null, { key: 'turn-1' });
    await command('help', { key: 'turn-1' });
    await command('limits', { key: 'turn-1' });
    expect(await given.analytics.getGlobalStats(1)).toMatchObject({
      messages_by_type: { chat: 1, command: 0 },
      top_commands: [{ command_name: 'help', usage_count: 1 }],
    });
  });

  it('tells everything that is logged about one person, oldest first', async () => {
    const at = (n: number) => given.clock.at(-1_000 + n);
    await given.analytics.logMessage(ada, 'ada', 'dm', 'command', null, null, { at: at(2) });
    await given.analytics.logMessage(ada, 'ada', 'dm', 'chat', 250, 7, { at: at(1) });
    await given.analytics.logCommand(ada, 'ada', 'limits', false, true, { at: at(2) });
    await given.analytics.logCommand(ada, 'ada', 'help', false, false, { at: at(0) });
    await chat(grace);
    expect(await given.analytics.getLog(ada)).toMatchObject({
      messages: [
        { at: at(1), type: 'chat', responseTimeMs: 250 },
        { at: at(2), type: 'command', responseTimeMs: null },
      ],
      commands: [
        { at: at(0), command: 'help' },
        { at: at(2), command: 'limits' },
      ],
    });
    expect(await given.analytics.getLog('100000000000000009')).toEqual({ messages: [], commands: [] });
  });

  it('forgets one person and leaves the others', async () => {
    await chat(ada);
    await command('help');
    await chat(grace);
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 1, commands: 1 });
    expect(await given.analytics.forgetUser(ada)).toBe(2);
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 0, commands: 0 });
    expect(await given.analytics.getGlobalStats(1)).toMatchObject({ total_messages: 1, unique_users: 1 });
  });

  it('forgets up to the very millisecond and nothing later, and the same moment again changes nothing', async () => {
    for (const n of [-1, 0, 1]) await chat(ada, { at: given.clock.at(n) });
    for (const n of [-1, 0, 1]) await command('help', { at: given.clock.at(n) });
    expect(await given.analytics.forgetUser(ada, { key: 'forget-1', at: given.clock.at(0) })).toBe(4);
    expect(await given.analytics.forgetUser(ada, { key: 'forget-1', at: given.clock.at(0) })).toBe(0);
    expect(await given.analytics.forgetUser(ada, { at: given.clock.at(-hours(1)) })).toBe(0);
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 1, commands: 1 });
  });

  it('does not count what comes late from before a person was forgotten, new or again', async () => {
    const before = { key: 'turn-1', at: given.clock.at(0) };
    await chat(ada, before);
    expect(await given.analytics.forgetUser(ada, { at: given.clock.at(0) })).toBe(1);
    // An earlier wish that is heard later takes nothing back.
    await given.analytics.forgetUser(ada, { at: given.clock.at(-hours(1)) });
    for (const options of [before, { at: given.clock.at(0) }, { at: given.clock.at(-minutes(30)) }]) {
      await chat(ada, options);
      await command('help', options);
    }
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 0, commands: 0 });
    await chat(ada, { key: 'turn-1', at: given.clock.at(1) });
    await command('help', { at: given.clock.at(1) });
    await chat(grace, { at: given.clock.at(-1) });
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 1, commands: 1 });
    expect(await given.analytics.countUser(grace)).toEqual({ messages: 1, commands: 0 });
  });

  it('does not count what comes late of a person whom it never saw before the person was forgotten', async () => {
    expect(await given.analytics.forgetUser(ada)).toBe(0);
    await chat(ada, { at: given.clock.at(-1) });
    expect(await given.analytics.countUser(ada)).toEqual({ messages: 0, commands: 0 });
  });

  it.each(texts)('keeps %s letter by letter', async (_what, text) => {
    await given.analytics.logMessage(ada, text, 'dm', 'chat', null, null);
    await given.analytics.logCommand(ada, text, text, false, true);
    expect(await given.analytics.getGlobalStats(1)).toMatchObject({
      top_users: [{ username: text }],
      top_commands: [{ command_name: text }],
    });
  });

  it('counts as one would by hand', async () => {
    const id = fc.integer({ min: 1, max: 8 }).map(String);
    // Never near the edge of the span: the database has a clock of its own.
    const age = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 5, max: 55 }))
      .map(([n, minute]) => hours(n * 4) + minutes(minute));
    const logs = fc.array(
      fc.oneof(
        fc.record({
          id,
          age,
          type: fc.constantFrom('chat', 'command'),
          time: fc.option(fc.nat(99_999), { nil: null }),
        }),
        fc.record({ id, age, name: fc.constantFrom('help', 'limits', 'stats', 'warn', 'unwarn', 'flushmemory') }),
      ),
      { maxLength: 40, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 10 }), async (all, span) => {
        await given.startOver();
        await Promise.all(
          all.map((log) => {
            const options = { at: given.clock.at(-log.age) };
            return 'name' in log
              ? given.analytics.logCommand(log.id, `name of ${log.id}`, log.name, false, true, options)
              : given.analytics.logMessage(log.id, `name of ${log.id}`, 'dm', log.type, log.time, null, options);
          }),
        );
        const recent = all.filter(({ age }) => age < days(span));
        const messages = recent.flatMap((log) => ('name' in log ? [] : [log]));
        const commands = recent.flatMap((log) => ('name' in log ? [log.name] : []));
        const times = messages.flatMap(({ time }) => time ?? []);
        const sum = times.reduce((total, time) => total + time, 0);
        const hour = ({ age }: { age: number }) => `${given.clock.at(-age).getUTCHours()}`;
        expect(await given.analytics.getGlobalStats(span)).toEqual({
          total_messages: messages.length,
          unique_users: new Set(messages.map((message) => message.id)).size,
          avg_response_time_ms: times.length === 0 ? 0 : Math.round((sum * 100) / times.length) / 100,
          messages_by_type: { chat: 0, command: 0, ...Object.fromEntries(ranked(messages.map(({ type }) => type))) },
          top_users: ranked(messages.map((message) => message.id))
            .slice(0, 5)
            .map(([discord_id, message_count]) => ({ discord_id, username: `name of ${discord_id}`, message_count })),
          peak_hours: Object.fromEntries(ranked(messages.map(hour)).slice(0, 3)),
          top_commands: ranked(commands)
            .slice(0, 5)
            .map(([command_name, usage_count]) => ({ command_name, usage_count })),
        });
        const report = await given.analytics.getReport(span);
        expect(report.stats).toEqual(await given.analytics.getGlobalStats(span));
        expect(report.isWhole).toBe(given.database !== undefined);
        const came = ({ age, type }: { age: number; type: string }) =>
          `${given.clock.at(-age).toISOString().slice(0, 13)} ${type}`;
        expect(
          report.hours
            .map(({ hour, type, messages }) => [`${new Date(hour).toISOString().slice(0, 13)} ${type}`, messages])
            .sort(),
        ).toEqual(ranked(messages.map(came)).sort());
        expect(report.hours.every(({ hour }) => hour % hours(1) === 0)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });
}

// Most frequent first, ties in the order of their texts.
function ranked(values: readonly string[]): [string, number][] {
  const counted = [...new Set(values)].map((value): [string, number] => [
    value,
    values.filter((other) => other === value).length,
  ]);
  return counted.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
