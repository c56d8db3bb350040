import { UserError } from '@sapphire/framework';
import { SnowflakeUtil } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/core/log/createLog.ts';
import { hours, minutes } from '../../../src/core/time.ts';
import type { ActionType } from '../../../src/plugins/n8n-bridge/actions/Action.ts';
import { Actions } from '../../../src/plugins/n8n-bridge/actions/Actions.ts';
import { parseReply } from '../../../src/plugins/n8n-bridge/parseReply.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

const both: readonly ActionType[] = ['warn', 'flushMemory'];
const warn = { type: 'warn', reason: 'spam' };
const flush = { type: 'flushMemory' };

/** Actions, the services that they use as they are told to be, and what came of it. */
function surround(services: object = {}, allowed = both) {
  const done: unknown[][] = [];
  const log: Record<string, unknown>[] = [];
  const clock = new ControlledClock();
  const take =
    (name: string, result: unknown = {}) =>
    async (...parameters: unknown[]) => {
      done.push([name, ...parameters]);
      return result;
    };
  const container = {
    clock,
    warner: { warn: take('warn') },
    conversation: { forget: take('forget', { results: {}, failed: [] }) },
    analytics: { logCommand: take('count') },
    client: { users: { fetch: take('ask', { username: 'ada' }) } },
    ...services,
  };
  const destination = { write: (line: string) => void log.push(JSON.parse(line)) };
  const parts = { container, log: createLog({ level: 'debug', secrets: [], destination }) };
  const id = String(SnowflakeUtil.generate({ timestamp: clock.now() - 1_000, increment: 0n }));
  const turn = { id, userId: '7', username: 'ada' };
  return { actions: new Actions(allowed, parts as never), done, log, clock, turn, services: container };
}

describe('actions', () => {
  it('name themselves by turn and place, so that a repeated turn does nothing twice', async () => {
    const { actions, done, turn, clock } = surround();
    await actions.carryOut(turn, [flush, warn]);
    const writtenAt = new Date(clock.now() - 1_000);
    expect(done).toContainEqual([
      'forget',
      { userId: '7', scope: 'conversations', at: new Date(clock.now()), key: `${turn.id}a0` },
    ]);
    expect(done).toContainEqual([
      'warn',
      {
        because: { id: `${turn.id}a1`, createdTimestamp: writtenAt.getTime() },
        at: writtenAt,
        personId: '7',
        username: 'ada',
        reason: 'spam',
        issuedBy: 'automation',
      },
    ]);
    expect(`${turn.id}a1-n0`.length).toBeLessThanOrEqual(25);
    const counts = done.filter(([name]) => name === 'count');
    expect(counts).toContainEqual([
      'count',
      '7',
      'ada',
      'warn',
      true,
      true,
      { key: `${turn.id}a1:command`, at: writtenAt },
    ]);
  });

  it('flush what a clock ahead of ours has dated, but not what a clock that cannot be right has', async () => {
    for (const [ahead, expected] of [
      [minutes(5), minutes(5)],
      [hours(2), 0],
    ] as const) {
      const { actions, done, turn, clock } = surround();
      const id = String(SnowflakeUtil.generate({ timestamp: clock.now() + ahead, increment: 0n }));
      await actions.carryOut({ ...turn, id }, [flush]);
      expect(done[0]?.[1]).toMatchObject({ at: new Date(clock.now() + expected) });
    }
  });

  it('are five at most', async () => {
    const { actions, done, log, turn } = surround();
    const reply = parseReply(JSON.stringify({ output: 'hi', actions: Array(7).fill(warn) }));
    await actions.carryOut(turn, reply.actions);
    expect(done.filter(([name]) => name === 'warn')).toHaveLength(5);
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: expect.stringMatching(/^A reply may ask for 5 actions/) }),
    );
  });

  it.each([
    ['none', undefined],
    ['null', null],
    ['a text', 'warn'],
    ['an object', { 0: warn, length: 1 }],
    ['an empty list', []],
    ['lists of lists', [[warn]]],
    ['nothing in them', [null, undefined, 0, '', {}, { type: null }, { type: { type: 'warn' } }]],
    ['types of other words', [{ type: 'Warn', reason: 'x' }, { type: 'constructor' }, { type: '__proto__' }]],
    ['a warning without a reason', [{ type: 'warn' }, { type: 'warn', reason: ' \0 ' }, { type: 'warn', reason: 7 }]],
    ['a reason that is too long', [{ type: 'warn', reason: 'x'.repeat(501) }]],
    ['a person', [JSON.parse('{"__proto__": {"type": "warn", "reason": "x"}}')]],
  ])('are not carried out when they are %s', async (_what, given) => {
    const { actions, done, turn } = surround();
    await actions.carryOut(turn, given);
    expect(done).toEqual([]);
  });

  it('act on the person of the turn, whatever else they name', async () => {
    const { actions, done, turn } = surround();
    await actions.carryOut(turn, [
      { ...flush, userId: '8' },
      { ...warn, userId: '8', personId: '8', username: 'eve' },
    ]);
    expect(JSON.stringify(done)).not.toMatch(/"8"|eve/);
  });

  it('are only those that are allowed', async () => {
    for (const allowed of [[], ['warn'], ['flushMemory']] as ActionType[][]) {
      const { actions, done, turn } = surround({}, allowed);
      await actions.carryOut(turn, [warn, flush]);
      const names = done.map(([name]) => name).filter((name) => name !== 'count');
      expect(names).toEqual(allowed.map((type) => (type === 'warn' ? 'warn' : 'forget')));
    }
  });

  it('show 40 plain characters of their type in the log, and nothing else', async () => {
    const { actions, log, turn } = surround();
    await actions.carryOut(turn, [{ type: `x\n\u202e${'y'.repeat(100)}`, reason: 'a secret' }]);
    expect(log).toMatchObject([{ level: 'warn', turnId: turn.id, type: `x??${'y'.repeat(37)}` }]);
    expect(JSON.stringify(log)).not.toContain('a secret');
  });

  it('fail by themselves: the others are carried out, and each is counted as it went', async () => {
    const warner = { warn: () => Promise.reject(new Error('broken')) };
    const { actions, done, log, turn } = surround({ warner });
    await actions.carryOut(turn, [warn, flush]);
    expect(done.filter(([name]) => name === 'count').map((count) => [count[3], count[5]])).toEqual(
      expect.arrayContaining([
        ['warn', false],
        ['flushmemory', true],
      ]),
    );
    expect(log).toContainEqual(expect.objectContaining({ level: 'error', type: 'warn' }));
  });

  it.each([
    ['moderation is not there', { warner: undefined }, 'error'],
    [
      'the rules forbid it',
      { warner: { warn: async () => Promise.reject(new UserError({ identifier: 'X' })) } },
      'warn',
    ],
    ['they are not counted', { analytics: undefined }, 'info'],
    ['counting fails', { analytics: { logCommand: () => Promise.reject(new Error('broken')) } }, 'error'],
  ])('let the answer be given when %s', async (_what, services, level) => {
    const { actions, log, turn } = surround(services);
    await actions.carryOut(turn, [warn]);
    expect(log.map((line) => line.level)).toContain(level);
  });

  it('say when something of the memory could not be reached', async () => {
    const forget = async () => ({ results: {}, failed: ['n8n-bridge'] });
    const { actions, log, turn } = surround({ conversation: { forget } });
    await actions.carryOut(turn, [flush]);
    expect(log).toMatchObject([{ level: 'warn', failed: ['n8n-bridge'] }]);
  });

  it('let nobody wait for long: what is slow goes on after the answer', { timeout: 10_000 }, async () => {
    const forgotten = Promise.withResolvers<object>();
    const { actions, log, turn } = surround({ conversation: { forget: () => forgotten.promise } });
    await actions.carryOut(turn, [flush]);
    expect(log).toMatchObject([{ level: 'warn', msg: expect.stringContaining('does not wait') }]);
    forgotten.resolve({ results: {}, failed: [] });
    await expect.poll(() => log.at(-1)).toMatchObject({ level: 'info', type: 'flushMemory' });
  });

  it('ask Discord for the name where the turn has none, once, and only then', async () => {
    const { actions, done, turn, services } = surround();
    await actions.carryOut({ ...turn, username: undefined }, [{ type: 'other' }]);
    expect(done).toEqual([]);
    await actions.carryOut({ ...turn, username: undefined }, [warn, flush]);
    expect(done.filter(([name]) => name === 'ask')).toEqual([['ask', '7', { cache: false }]]);
    services.client.users.fetch = () => Promise.reject(new Error('away'));
    done.length = 0;
    await actions.carryOut({ ...turn, username: undefined }, [warn, flush]);
    expect(done).toEqual([]);
  });
});

describe('a reply', () => {
  it('carries its actions, beside the text or within data', () => {
    const actions = [warn, { type: 'nonsense' }];
    for (const body of [{ output: 'hi', actions }, [{ output: 'hi', actions }], { data: { output: 'hi', actions } }])
      expect(parseReply(JSON.stringify(body))).toMatchObject({ text: 'hi', actions });
    expect(parseReply('{"output": "hi", "actions": "!flushdb"}')).toEqual({ text: 'hi', actions: {} });
    expect(parseReply(JSON.stringify({ output: JSON.stringify({ actions }) })).actions).toBeUndefined();
    expect(parseReply('hi').actions).toBeUndefined();
  });
});
