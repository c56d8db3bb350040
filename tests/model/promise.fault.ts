import { container, ListenerStore, PreconditionStore } from '@sapphire/framework';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, it, vi } from 'vitest';
import { systemClock } from '../../src/core/time.ts';
import type { TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { scripts } from './actions.ts';
import { createMigratedDatabase } from './createMigratedDatabase.ts';
import { runScript } from './runScript.ts';

vi.mock('../../src/core/time.ts', () => import('./fastTime.ts'));

// Other scripts, and more of them: MODEL_SEED=7 MODEL_RUNS=200.
const numRuns = Number(process.env.MODEL_RUNS ?? 8);
const seed = Number(process.env.MODEL_SEED ?? 1);

const worlds = [
  ['one instance', 1, {}],
  ['two instances that reach the database', 2, { outages: false }],
  ['two instances with outages', 2, {}],
  ['three instances with outages', 3, {}],
] as const;

describe.skipIf(!inject('postgres')).concurrent('every accepted message gets one answer and one record', () => {
  const databases: TestDatabase[] = [];
  beforeAll(async () => {
    Object.assign(container, { clock: systemClock, client: { options: { defaultPrefix: '!' }, user: { id: '1' } } });
    for (const store of [new ListenerStore(), new PreconditionStore()]) container.stores.register(store as never);
    for (const _ of worlds) databases.push(await createMigratedDatabase());
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  it.each(worlds.map((world, index) => [...world, index] as const))(
    'with %s',
    { timeout: 3_600_000 },
    async (_name, size, options, index) => {
      const property = fc.asyncProperty(scripts(size, options), async (script) => {
        await runScript(databases[index] as TestDatabase, size, script);
      });
      await fc.assert(property, { seed, numRuns, endOnFailure: true, includeErrorInReport: true });
    },
  );
});
