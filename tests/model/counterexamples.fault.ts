import { container, ListenerStore, PreconditionStore } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { systemClock } from '../../src/core/time.ts';
import type { TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import type { Action } from './actions.ts';
import { createMigratedDatabase } from './createMigratedDatabase.ts';
import { runScript } from './runScript.ts';

vi.mock('../../src/core/time.ts', () => import('./fastTime.ts'));

const write = (size: number, options: { slow?: boolean; greets?: boolean } = {}) => ({
  ...{ kind: 'write' as const, user: 0, slow: false, after: 250, ...options },
  arrivals: Array.from({ length: size }, () => 'now' as const),
});
const crash: Action = { kind: 'crash', at: 0, back: true, after: 0 };
const asked = (calls: number): Action => ({ kind: 'asked', calls, after: 20 });

describe.skipIf(!inject('postgres')).concurrent('what the model has found', { timeout: 60_000 }, () => {
  let open: () => Promise<TestDatabase>;
  const databases: TestDatabase[] = [];
  beforeAll(() => {
    Object.assign(container, { clock: systemClock, client: { options: { defaultPrefix: '!' }, user: { id: '1' } } });
    for (const store of [new ListenerStore(), new PreconditionStore()]) container.stores.register(store as never);
    open = async () => {
      const database = await createMigratedDatabase();
      databases.push(database);
      return database;
    };
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  it('takes over a message that the other one answered before it crashed', async () => {
    await runScript(await open(), 2, [
      { kind: 'fault', fault: 'crashAfter', after: 0 },
      write(2),
      { kind: 'jump', after: 0 },
      { kind: 'wait', after: 900 },
    ]);
  });

  it('does not answer what was answered by one that crashed, however long the workflow takes', async () => {
    await runScript(await open(), 2, [
      { kind: 'fault', fault: 'crashAfter', after: 0 },
      write(2),
      { kind: 'hold', after: 0 },
      { kind: 'wait', after: 900 },
      { kind: 'jump', after: 0 },
      { kind: 'answer', after: 100 },
    ]);
  });

  it('answers a message whose instance was cut off from the database often and then crashed once', async () => {
    const blips = Array.from({ length: 4 }, (): Action[] => [
      { kind: 'break', at: 'all', outage: 'commitsLate', after: 900 },
      { kind: 'heal', after: 900 },
    ]);
    await runScript(await open(), 1, [write(1, { slow: true }), ...blips.flat(), crash, asked(2)]);
  });

  it('answers what it took over although it did not hear that it did', async () => {
    await runScript(await open(), 2, [
      { ...write(2, { slow: true }), arrivals: ['now', 'late'] },
      { kind: 'cut', at: 1, statement: 'sweep_turns', after: 0 },
      { kind: 'crash', at: 0, back: false, after: 0 },
      { kind: 'wait', after: 900 },
    ]);
  });

  it('apologises for a message that three attempts crashed on', async () => {
    const world = await runScript(await open(), 1, [
      ...[write(1, { slow: true }), asked(1), crash, asked(2), crash, asked(3), crash],
      { kind: 'wait', after: 0 },
    ]);
    expect(world.discord.messages.map(({ content }) => content)).toEqual(['x1', 'Sorry.']);
  });

  it('apologises for a message that three attempts crashed on while the database was away', async () => {
    const world = await runScript(await open(), 1, [
      { kind: 'break', at: 'all', outage: 'refuse', after: 300 },
      write(1, { slow: true }),
      ...[asked(1), crash, asked(2), crash, asked(3), crash],
      { kind: 'wait', after: 0 },
    ]);
    expect(world.discord.messages.map(({ content }) => content)).toEqual(['x1', 'Sorry.']);
  });

  it('does not take the answer to an earlier message for the answer to a later one', async () => {
    await runScript(await open(), 1, [
      write(1, { slow: true }),
      write(1),
      { kind: 'fault', fault: 'crashAfter', after: 0 },
      { kind: 'answer', after: 200 },
      { kind: 'jump', after: 0 },
      { kind: 'start', at: 0, after: 300 },
    ]);
  });

  it('delivers an answer of an earlier run that says the same as the answer before', async () => {
    await runScript(await open(), 1, [
      write(1, { slow: true, greets: true }),
      write(1, { greets: true }),
      { kind: 'fault', fault: 'none', after: 0 },
      { kind: 'fault', fault: 'crashBefore', after: 0 },
      { kind: 'answer', after: 600 },
      { kind: 'start', at: 0, after: 300 },
    ]);
  });
});
