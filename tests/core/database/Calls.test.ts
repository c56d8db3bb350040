import { describe, expect, it } from 'vitest';
import { Availability } from '../../../src/core/database/Availability.ts';
import { Calls } from '../../../src/core/database/Calls.ts';
import { type DatabaseEvent, databaseChannel } from '../../../src/core/database/databaseChannel.ts';
import type { Recovery } from '../../../src/core/database/Recovery.ts';
import type { Sentinel } from '../../../src/core/database/Sentinel.ts';
import type { KernelEnvironment } from '../../../src/core/kernelEnvironment.ts';

const unanswered = (): Promise<unknown> => new Promise(() => undefined);
const refused = (): Promise<unknown> => Promise.reject(Object.assign(new Error('bad data'), { code: '22001' }));
const poolIsBusy = (): Promise<unknown> => Promise.reject(new Error('timeout exceeded when trying to connect'));

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
    const availability = new Availability();
    const calls = new Calls({
      env: { DB_QUERY_TIMEOUT: 20 } as KernelEnvironment,
      availability,
      recovery: { degrade: (): void => undefined } as unknown as Recovery,
      // It always gives a sign of life.
      sentinel: { check: async (): Promise<void> => undefined } as unknown as Sentinel,
    });
    databaseChannel.subscribe(note);
    const settled = calls.attempt(call).catch(() => undefined);
    if (outcome === 'away') availability.begin('gone');
    await settled;
    databaseChannel.unsubscribe(note);
    expect(told).toEqual([{ kind: 'call', outcome, duration: expect.any(Number) }]);
  });
});
