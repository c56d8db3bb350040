import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import type { Database } from '../../src/core/database/Database.ts';
import type { RepositoryCall } from '../../src/core/database/resilient.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';
import { backup, onDatabase, postgres, restore } from './kit.ts';

/** Writes by way of the journal, from where each goes into the database a moment later. */
async function openWriter(environment: Record<string, string>) {
  const database = await openDatabase(environment);
  const apply = ({ parameters }: RepositoryCall) =>
    database.query("SELECT save_conversation('30', 'ada', 'Hi', 'Hello', now(), $1)", [...parameters]);
  database.register('notes', apply);
  await database.complete();
  const accepted: string[] = [];
  let isOver = false;
  const write = async (lane: number): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const key = `${lane}-${n}`;
      await database.keep('notes', { method: 'add', parameters: [key] }, '30');
      accepted.push(key);
    }
  };
  const lanes = Promise.all([1, 2, 3].map(write));
  const stop = (): Promise<unknown> => {
    isOver = true;
    return lanes;
  };
  return { database, accepted, stop };
}

/** The writes that a backup has, in its tables or in its journal. */
function writesIn(path: string): Set<string> {
  const keys = new Set<string>();
  let table = '';
  for (const line of gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')) {
    const read = JSON.parse(line);
    if (Array.isArray(read) && table === 'conversations') keys.add(read.at(-1));
    else if (read.table !== undefined) table = read.table;
    else if (read.entry?.body?.repository === 'notes') keys.add(read.entry.body.parameters[0]);
  }
  return keys;
}

const keysIn = (database: Database): Promise<{ key: string }[]> => database.query('SELECT key FROM conversations');

describe.skipIf(!inject('postgres'))('a backup that is made while the bot writes', () => {
  it('has everything that was accepted before it began, and a restore with a replay has it once', async () => {
    const [source, target] = [await postgres(), await postgres()];
    const { database, accepted, stop } = await openWriter(source);
    let last = { path: '', before: [] as string[] };
    try {
      for (let round = 0; round < 10; round += 1) {
        const before = [...accepted];
        const path = await backup(source);
        const found = writesIn(path);
        expect(before.filter((key) => !found.has(key))).toEqual([]);
        last = { path, before };
      }
    } finally {
      await stop();
      await database.close();
    }
    expect(last.before.length).toBeGreaterThan(100);
    await restore(target, last.path);
    const restored = await openWriter(target);
    await restored.stop();
    await restored.database.replay();
    const keys = (await keysIn(restored.database)).map(({ key }) => key);
    await restored.database.close();
    expect(last.before.filter((key) => !keys.includes(key))).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(await onDatabase(target, (query) => query('SELECT FROM instances'))).toEqual([]);
  });
});
