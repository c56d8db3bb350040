import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { minutes } from '../../../src/core/time.ts';
import { PostgresServer } from '../../../src/testing/postgres/PostgresServer.ts';
import { NotesBench } from './NotesBench.ts';

type Step =
  | { do: 'write' | 'start' | 'read' | 'lock'; person: string }
  | { do: 'burst'; count: number }
  | { do: 'cut'; bytes: number; direction: 'toServer' | 'toClient' }
  | { do: 'kill' | 'pause' | 'refuse' | 'swallow' | 'loseAnswers' | 'reset' | 'recover' | 'unlock' | 'restart' };

const person = fc.constantFrom('ada', 'grace', 'joan');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('write', 'write', 'start', 'read'), person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('burst' as const), count: fc.integer({ min: 5, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lock' as const), person }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      bytes: fc.integer({ min: 1, max: 5_000 }),
      direction: fc.constantFrom('toServer' as const, 'toClient' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'kill',
        'pause',
        'refuse',
        'swallow',
        'loseAnswers',
        'reset',
        'recover',
        'recover',
        'unlock',
        'restart',
      ),
    }),
  },
) as fc.Arbitrary<Step>;

describe.skipIf(!inject('postgres'))('whatever befalls the database', { timeout: 600_000 }, () => {
  let server: PostgresServer;
  let bench: NotesBench;
  const environment = { DB_QUERY_TIMEOUT: '500', DB_CONNECTION_TIMEOUT: '1000' };

  beforeAll(async () => {
    server = await PostgresServer.start();
    bench = await NotesBench.start(server);
  });
  afterAll(async () => {
    await server?.resume();
    await bench?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Plays a story on a database that holds nothing, and lets it recover at the end. */
  async function play(steps: readonly Step[]) {
    await bench.sql('TRUNCATE notes, authors');
    await bench.open({ environment });
    const said: string[] = [];
    const acknowledged: string[] = [];
    const inOrder = new Map<string, string[]>();
    const pending: Promise<unknown>[] = [];
    let unlock: (() => Promise<unknown>) | undefined;
    let isDead = false;

    const write = async (about: string) => {
      const text = `${about} ${said.length}`;
      said.push(text);
      await bench.notes.write(about, text);
      acknowledged.push(text);
      return text;
    };
    const start = (about: string) => {
      // What is cut off by the end of the process was never acknowledged.
      pending.push(write(about).catch((error: Error) => expect(error.message).toMatch(/closed/)));
    };
    const release = async () => {
      // A frozen server would never say that the lock is gone.
      await server.resume();
      await unlock?.().catch(() => undefined);
      unlock = undefined;
    };
    const recover = async () => {
      if (isDead) await server.restart();
      isDead = false;
      await server.resume();
      await bench.proxy.heal();
    };
    const acts: Record<Step['do'], (step: Step) => unknown> = {
      write: async (step) => {
        if (!('person' in step)) return;
        await Promise.all(pending);
        const text = await write(step.person);
        inOrder.set(step.person, [...(inOrder.get(step.person) ?? []), text]);
      },
      start: (step) => 'person' in step && start(step.person),
      burst: (step) => {
        for (let n = 0; 'count' in step && n < step.count; n += 1) start(['ada', 'grace', 'joan'][n % 3] ?? '');
      },
      read: async (step) => {
        if (!('person' in step)) return;
        const known = acknowledged.filter((text) => text.startsWith(step.person));
        const isOpen = bench.database.isOpen(step.person);
        const texts = await bench.notes.read(step.person);
        if (isOpen && bench.database.isOpen(step.person)) expect(texts).toEqual(expect.arrayContaining(known));
      },
      lock: async (step) => {
        if (!('person' in step) || unlock || isDead) return;
        await recover();
        unlock = await bench.lock(step.person);
      },
      unlock: release,
      cut: (step) => 'bytes' in step && bench.proxy.cutOnceAfter(step.bytes, step.direction),
      kill: async () => {
        await server.kill();
        isDead = true;
      },
      pause: () => server.pause(),
      refuse: () => bench.proxy.refuse(),
      swallow: () => bench.proxy.blackHole(),
      loseAnswers: () => bench.proxy.blackHole('toClient'),
      reset: () => bench.proxy.reset(),
      recover,
      restart: async () => {
        await bench.database.close();
        await bench.open({ environment });
      },
    };
    for (const one of steps) await acts[one.do](one);
    await release();
    await recover();
    await Promise.all(pending);
    await bench.untilConnected();
    await bench.untilWritten();
    await bench.database.close();
    return { said, acknowledged, inOrder, rows: await bench.rows() };
  }

  it('has every acknowledged write once, at most those that were not acknowledged besides, and each person’s in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10, size: 'max' }), async (steps) => {
        const { said, acknowledged, inOrder, rows } = await play(steps);
        expect(new Set(rows).size).toBe(rows.length);
        expect(rows).toEqual(expect.arrayContaining(acknowledged));
        expect(said).toEqual(expect.arrayContaining(rows));
        for (const texts of inOrder.values()) expect(rows.filter((text) => texts.includes(text))).toEqual(texts);
      }),
      { numRuns: 30, endOnFailure: true, interruptAfterTimeLimit: minutes(2) },
    );
  });
});
