import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainName } from '../../../src/plugins/analytics/plainName.ts';
import type { GlobalStats } from '../../../src/plugins/analytics/repositories/AnalyticsRepository.ts';
import { toEmbed } from '../../../src/plugins/analytics/toEmbed.ts';
import { checkEmbeds } from '../../../src/simulator/rest/checkEmbeds.ts';
import { FormErrors } from '../../../src/simulator/rest/FormErrors.ts';

const stats: GlobalStats = {
  total_messages: 1_234_567,
  unique_users: 1_000,
  avg_response_time_ms: 1_834.56,
  messages_by_type: { chat: 1_234_000, command: 500, news: 60, other: 7 },
  top_users: [
    { discord_id: '1', username: 'ada', message_count: 1_000 },
    { discord_id: '300000000000000002', username: '300000000000000002', message_count: 2 },
  ],
  peak_hours: { 0: 5, 9: 70, 14: 600 },
  top_commands: [{ command_name: 'help', usage_count: 7 }],
};
const fields = (of: Partial<GlobalStats> = {}) =>
  Object.fromEntries((toEmbed({ ...stats, ...of }, 7, undefined).fields ?? []).map(({ name, value }) => [name, value]));

describe('the statistics as an embed', () => {
  it('have everything in a form that people read', () => {
    expect(fields()).toEqual({
      Messages: '1,234,567',
      Users: '1,000',
      'Average response time': '1.8 s',
      'By type': 'Chats: 1,234,000\nCommands: 500\nOthers: 67',
      'Busiest hours (UTC)': '14:00–14:59 – 600\n09:00–09:59 – 70\n00:00–00:59 – 5',
      'Top commands': '`help` – 7',
      // Who was never seen under a name has none, and no id either.
      'Top users': '`ada` – 1,000\n(no name) – 2',
    });
  });

  it('show that there is nothing where there is nothing', () => {
    expect(
      fields({ avg_response_time_ms: 0, top_commands: [], messages_by_type: { chat: 1, command: 0 } }),
    ).toMatchObject({
      'Average response time': '–',
      'Top commands': 'None',
      'By type': 'Chats: 1\nCommands: 0',
    });
    expect(fields({ avg_response_time_ms: 999.4 })['Average response time']).toBe('999 ms');
  });

  it('are taken by Discord whatever people are called', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 4_000, size: 'max' }), { maxLength: 5 }), (names) => {
        const top_users = names.map((username) => ({ discord_id: '1', username, message_count: 10 ** 9 }));
        const top_commands = names.map((command_name) => ({ command_name, usage_count: 10 ** 9 }));
        const errors = new FormErrors();
        checkEmbeds([toEmbed({ ...stats, top_users, top_commands }, 90, 'A note.')], errors);
        expect(() => errors.throwIfAny()).not.toThrow();
      }),
      { numRuns: 30 },
    );
  });
});

describe('a name that somebody chose', () => {
  it.each([
    ['ada', '`ada`'],
    ['', '(no name)'],
    [' \n\u200B\u202E ', '(no name)'],
    ['two\nlines', '`two lines`'],
    ['`code`', '`ˋcodeˋ`'],
    ['a\u202Eb\u2066c', '`abc`'],
    ['שלום', '`שלום`'],
  ])('is shown as it is, and does nothing: %j', (name, shown) => {
    expect(plainName(name)).toBe(shown);
  });

  it('may be of letters that are long themselves', () => {
    const shown = plainName('👩‍👩‍👧‍👦'.repeat(40));
    expect(shown).toMatch(/^`(👩‍👩‍👧‍👦){11}/u);
    expect(shown.isWellFormed()).toBe(true);
    expect(shown.length).toBeLessThanOrEqual(130);
  });

  it('is one piece of code on one line, and not long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const shown = plainName(name);
        expect(shown).toMatch(/^(`[^`\n\r\u2028\u2029\u202A-\u202E\u2066-\u2069]+`|\(no name\))$/u);
        expect(shown.length).toBeLessThanOrEqual(130);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});
