import { describe, expect, it } from 'vitest';
import { HookRunner } from '../../../src/core/conversation/HookRunner.ts';
import type { BoundHooks, ConversationHooks } from '../../../src/core/conversation/Hooks.ts';
import { hookDeadlines } from '../../../src/core/conversation/hookDeadlines.ts';
import type { Exchange, Turn } from '../../../src/core/conversation/Turn.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { DeadlineError } from '../../../src/core/withDeadline.ts';

const at = new Date('2026-02-12T19:00:00Z');
const turn: Turn = { id: '1', channelId: '2', userId: '3', username: 'ada', text: 'Hello', attachments: [], at };
const nothing = { history: [], warnings: 0 };
const outcome = { reply: { text: 'Hi' }, delivered: true, responseTime: 7 };
const request = { userId: '3', scope: 'conversations', at, key: '1' } as const;
const exchange: Exchange = { userMessage: 'a', aiResponse: 'b', timestamp: at };

function run(hooks: Record<string, ConversationHooks<undefined>>) {
  const lines: { msg: string; plugin?: string; hook?: string }[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  const plugins = Object.entries(hooks).map(([plugin, each]) => ({ plugin, hooks: each }));
  return { runner: new HookRunner(plugins, log), lines };
}

const fails = async (): Promise<never> => {
  throw new RangeError('a bug');
};
const failsAtOnce = (): never => {
  throw new RangeError('a bug');
};

describe('recall', () => {
  it('merges what the plugins remember, with nothing for what nobody remembers', async () => {
    const { runner } = run({ memory: { recall: async () => ({ history: [exchange] }) }, silent: {} });
    expect(await runner.recall(turn)).toEqual({ history: [exchange], warnings: 0 });
  });

  it('asks all plugins side by side', async () => {
    const both = Promise.withResolvers<void>();
    let asked = 0;
    const recall = async (): Promise<object> => {
      asked += 1;
      if (asked === 2) both.resolve();
      await both.promise;
      return {};
    };
    const { runner } = run({ one: { recall }, other: { recall } });
    expect(await runner.recall(turn)).toEqual(nothing);
  });

  it('leaves a part out when its plugin fails, at once or later, and logs which', async () => {
    const { runner, lines } = run({
      broken: { recall: fails },
      hasty: { recall: failsAtOnce },
      moderation: { recall: async () => ({ warnings: 2 }) },
    });
    expect(await runner.recall(turn)).toEqual({ history: [], warnings: 2 });
    expect(lines).toHaveLength(2);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: 'error', plugin: 'broken', hook: 'recall' }),
        expect.objectContaining({ level: 'error', plugin: 'hasty', hook: 'recall' }),
      ]),
    );
  });

  it('gives the later plugin the last word on a part, however long each takes', async () => {
    const slow = Promise.withResolvers<{ warnings: number }>();
    const { runner } = run({
      first: { recall: () => slow.promise },
      last: {
        recall: async () => {
          setImmediate(() => slow.resolve({ warnings: 1 }));
          return { warnings: 2 };
        },
      },
    });
    expect(await runner.recall(turn)).toEqual({ history: [], warnings: 2 });
  });
});

const noDraft = (): void => undefined;

describe('respond', () => {
  it('takes the first answer and asks nobody after it', async () => {
    const { runner } = run({
      passes: { respond: async () => undefined },
      silent: {},
      answers: { respond: async ({ text }) => ({ text: `${text} yourself` }) },
      late: { respond: fails },
    });
    expect(await runner.respond(turn, nothing, noDraft)).toEqual({ text: 'Hello yourself' });
  });

  it('leaves a failure to its caller, and asks nobody after it', async () => {
    let asked = false;
    const late = async () => {
      asked = true;
      return { text: 'never' };
    };
    const { runner } = run({ broken: { respond: fails }, late: { respond: late } });
    await expect(runner.respond(turn, nothing, noDraft)).rejects.toThrow('a bug');
    expect(asked).toBe(false);
  });

  it('names the cure when no plugin answers', async () => {
    const { runner } = run({ silent: {}, passes: { respond: async () => undefined } });
    await expect(runner.respond(turn, nothing, noDraft)).rejects.toThrow('add one with a respond hook');
  });
});

describe('record', () => {
  it('lets every plugin keep what it keeps, though one fails, and logs which', async () => {
    const kept: unknown[] = [];
    const record = async (...parameters: unknown[]): Promise<void> => void kept.push(parameters);
    const { runner, lines } = run({ hasty: { record: failsAtOnce }, broken: { record: fails }, memory: { record } });
    await runner.record(turn, outcome);
    expect(kept).toEqual([[turn, outcome, undefined]]);
    expect(lines.map(({ plugin, hook }) => [plugin, hook])).toEqual([
      ['hasty', 'record'],
      ['broken', 'record'],
    ]);
  });
});

describe('a hook that never settles', () => {
  const never = () => new Promise<never>(() => undefined);
  const short = { recall: 20, respond: 20, record: 20, forget: 20, exportData: 20 };
  const ends: unknown[] = [];
  const bound: BoundHooks = {
    plugin: 'stuck',
    hooks: { recall: never, respond: never, record: never, forget: never, exportData: never },
    onEnd: (hook, { error }) => ends.push([hook, String(error)]),
  };

  it('is given up, and holds neither a turn nor a command; its plugin is told', async () => {
    const runner = new HookRunner([bound], createLog({ level: 'silent', secrets: [] }), short);
    expect(await runner.recall(turn)).toEqual(nothing);
    await expect(runner.respond(turn, nothing, noDraft)).rejects.toThrow('took longer than 0.02 s');
    await runner.record(turn, outcome);
    expect((await runner.forget(request)).failed).toEqual(['stuck']);
    expect((await runner.exportData('3')).failed).toEqual(['stuck']);
    expect(ends).toEqual(
      Object.keys(short).map((hook) => [
        hook,
        `GivenUpError: The hook ${hook} took longer than 0.02 s and was given up.`,
      ]),
    );
  });

  it('is told from one that fails because it waited itself for something in vain', async () => {
    const late = new DeadlineError('The table is locked.');
    const hooks = { recall: () => Promise.reject(late) };
    const errors: unknown[] = [];
    const runner = new HookRunner(
      [{ plugin: 'patient', hooks, onEnd: (_hook, { error }) => errors.push(error) }],
      createLog({ level: 'silent', secrets: [] }),
    );
    await runner.recall(turn);
    expect(errors).toEqual([late]);
  });

  it('has as long as a few calls of the database, where those may take long', () => {
    expect(hookDeadlines(2_000).recall).toBe(10_000);
    expect(hookDeadlines(60_000)).toMatchObject({ recall: 180_000, record: 180_000, exportData: 180_000 });
  });
});

describe('forget and exportData', () => {
  it('give the results by plugin, and name the plugins that failed', async () => {
    const { runner, lines } = run({
      memory: { forget: async () => ({ exchanges: 3 }), exportData: async () => ({ conversations: [exchange] }) },
      broken: { forget: fails, exportData: failsAtOnce },
      silent: {},
    });
    expect(await runner.forget(request)).toEqual({ results: { memory: { exchanges: 3 } }, failed: ['broken'] });
    expect(await runner.exportData('3')).toEqual({
      results: { memory: { conversations: [exchange] } },
      failed: ['broken'],
    });
    expect(lines.map(({ hook }) => hook)).toEqual(['forget', 'exportData']);
  });

  it('keep the order of the plugins, whoever is first to finish', async () => {
    const slow = Promise.withResolvers<Record<string, number>>();
    const { runner } = run({
      slow: { forget: () => slow.promise },
      quick: {
        forget: async () => {
          setImmediate(() => slow.resolve({ exchanges: 1 }));
          return { messages: 2 };
        },
      },
    });
    const { results } = await runner.forget(request);
    expect(Object.keys(results)).toEqual(['slow', 'quick']);
  });

  it('include what is being recorded of the person, and wait for nobody else', async () => {
    const recording = Promise.withResolvers<void>();
    const done: string[] = [];
    const { runner } = run({
      memory: {
        record: ({ userId }) =>
          userId === turn.userId ? recording.promise.then(() => void done.push('record')) : Promise.resolve(),
        forget: async ({ userId }) => {
          done.push(`forget ${userId}`);
          return {};
        },
        exportData: async () => {
          done.push('exportData');
          return {};
        },
      },
    });
    const recorded = runner.record(turn, outcome);
    const all = [runner.forget({ ...request, userId: turn.userId }), runner.exportData(turn.userId)];
    await runner.forget({ ...request, userId: 'somebody else' });
    expect(done).toEqual(['forget somebody else']);
    recording.resolve();
    await Promise.all([recorded, ...all]);
    expect(done.slice(1)).toEqual(['record', `forget ${turn.userId}`, 'exportData']);
  });
});
