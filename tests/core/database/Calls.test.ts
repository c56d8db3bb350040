import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { Availability } from '../../../src/core/database/Availability.ts';
import { Calls } from '../../../src/core/database/Calls.ts';
import { type DatabaseEvent, databaseChannel } from '../../../src/core/database/databaseChannel.ts';
import { queryTimeout } from '../../../src/core/database/queryTimeout.ts';
import type { Recovery } from '../../../src/core/database/Recovery.ts';
import type { Sentinel } from '../../../src/core/database/Sentinel.ts';
import type { KernelEnvironment } from '../../../src/core/kernelEnvironment.ts';

const unanswered = (): Promise<unknown> => new Promise(() => undefined);
const refused = (): Promise<unknown> => Promise.reject(Object.assign(new Error('bad data'), { code: '22001' }));
const poolIsBusy = (): Promise<unknown> => Promise.reject(new Error('timeout exceeded when trying to connect'));

function given(environment: Partial<KernelEnvironment>) {
  const availability = new Availability();
  const calls = new Calls({
    env: environment as KernelEnvironment,
    availability,
    recovery: { degrade: (): void => undefined } as unknown as Recovery,
    // It always gives a sign of life.
    sentinel: { check: async (): Promise<void> => undefined } as unknown as Sentinel,
  });
  return { availability, calls };
}

describe('the calls of the database', () => {
  it.each<[outcome: string, call: () => Promise<unknown>]>([
    ['answered', async () => 1],
    ['timeout', unanswered],
    ['timeout', poolIsBusy],
    ['error', refused],
    ['away', unanswered],
  ])('are told with what became of them: %s', async (outcome, call) => {
    const told: DatabaseEvent[] = [];
    const note = (event: unknown): void => void told.push(event as DatabaseEvent);
    const { availability, calls } = given({ DB_QUERY_TIMEOUT: 20 });
    databaseChannel.subscribe(note);
    const settled = calls.attempt(call).catch(() => undefined);
    if (outcome === 'away') availability.begin('gone');
    await settled;
    databaseChannel.unsubscribe(note);
    expect(told).toEqual([{ kind: 'call', outcome, duration: expect.any(Number) }]);
  });

  it('limit their queries, the first and the later ones, and change nothing else of where they are made', async () => {
    const { calls } = given({ DB_QUERY_TIMEOUT: 600_000 });
    const whose = new AsyncLocalStorage<string>();
    const look = () => [whose.getStore(), queryTimeout.getStore()];
    const [inside, outside] = await whose.run('ada', async () => {
      const call = calls.attempt(async () => {
        const first = look();
        await new Promise(setImmediate);
        return [first, look()];
      });
      const besides = look();
      return [await call, [besides, look()]];
    });
    const longer = expect.toSatisfy((limit: number) => limit > 600_000 && limit <= 601_000);
    expect(inside).toEqual([
      ['ada', longer],
      ['ada', longer],
    ]);
    expect(outside).toEqual([
      ['ada', undefined],
      ['ada', undefined],
    ]);
  });

  it('are made once more when they lost a race, and at most three times', async () => {
    const { calls } = given({ DB_QUERY_TIMEOUT: 600_000 });
    const lost = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    let made = 0;
    const losing = (times: number) => () => {
      made += 1;
      return made <= times ? Promise.reject(lost) : Promise.resolve('done');
    };
    expect(await calls.attempt(losing(2))).toBe('done');
    made = 0;
    await expect(calls.attempt(losing(3))).rejects.toMatchObject({ name: 'UnavailableError', cause: lost });
    expect(made).toBe(3);
  });
});
