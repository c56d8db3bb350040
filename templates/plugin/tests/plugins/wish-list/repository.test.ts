import { expect, it } from 'vitest';
import { days, describeRepository, minutes } from '#testing';
import { WishListEntry } from '../../../src/plugins/wish-list/entities/WishListEntry.ts';
import { DatabaseWishListRepository } from '../../../src/plugins/wish-list/repositories/DatabaseWishListRepository.ts';
import { MemoryWishListRepository } from '../../../src/plugins/wish-list/repositories/MemoryWishListRepository.ts';
import type { WishListRepository } from '../../../src/plugins/wish-list/repositories/WishListRepository.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const retention = days(90);

// In memory, in the embedded database and on PostgreSQL: what holds for one has to hold for all.
describeRepository<WishListRepository>(
  'the repository of wish-list',
  {
    memory: ({ clock }) => new MemoryWishListRepository(clock, retention),
    database: ({ clock, database }) => new DatabaseWishListRepository(database, clock, retention),
    entities: [WishListEntry],
  },
  (test) => {
    const add = (text: string, ms = 0, key = text, person = ada) =>
      test.repository.add(person, 'ada', text, { key, at: test.clock.at(ms) });
    const list = async (person = ada) => (await test.repository.list(person)).map(({ text }) => text);
    const forget = async (ms: number) =>
      test.repository instanceof MemoryWishListRepository
        ? test.repository.forget(ada, test.clock.at(ms), 'everything')
        : test.database?.query('SELECT forget_user($1, $2)', [ada, test.clock.at(ms).toISOString()]);

    it('gives back what was added, oldest first, with its time and its key', async () => {
      await add('second', -1_000);
      await add('first', -minutes(1));
      expect(await test.repository.list(ada)).toEqual([
        { key: 'first', text: 'first', at: test.clock.at(-minutes(1)) },
        { key: 'second', text: 'second', at: test.clock.at(-1_000) },
      ]);
    });

    it('gives an entry a key and the time of the clock where it has none', async () => {
      await test.repository.add(ada, 'ada', 'something');
      expect(await test.repository.list(ada)).toMatchObject([{ key: expect.any(String), at: test.clock.at(0) }]);
    });

    it('adds once what comes again under its key', async () => {
      for (const text of ['once', 'again']) await add(text, 0, 'one key');
      expect(await list()).toEqual(['once']);
    });

    it('removes one entry, of its own person only', async () => {
      for (const text of ['a', 'b']) await add(text);
      await test.repository.remove(grace, 'a');
      await test.repository.remove(ada, 'no such key');
      expect(await list()).toEqual(['a', 'b']);
      await test.repository.remove(ada, 'a');
      expect(await list()).toEqual(['b']);
      expect(await list(grace)).toEqual([]);
    });

    it('lists nothing that is older than the retention', async () => {
      await add('too old', -retention);
      await add('old', 1 - retention);
      expect(await list()).toEqual(['old']);
      test.clock.advance(1);
      expect(await list()).toEqual([]);
    });

    it('keeps what was erased away, however late it comes', async () => {
      for (const ms of [-1, 0, 1]) await add(`at ${ms}`, ms);
      await add('hers', -1, 'hers', grace);
      await forget(0);
      await add('late', -1);
      await add('at 0', 0);
      expect(await list()).toEqual(['at 1']);
      expect(await list(grace)).toEqual(['hers']);
    });
  },
);
