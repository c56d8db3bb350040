import { describe, expect, it } from 'vitest';
import { ControlledClock, days } from '#testing';
import { MemoryWishListRepository } from '../../../src/plugins/wish-list/repositories/MemoryWishListRepository.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';

describe('the mirror of wish-list', () => {
  const clock = new ControlledClock();
  const made = () => new MemoryWishListRepository(clock, days(90));
  const entry = (text: string) => ({ key: text, text, at: clock.at(0) });
  const add = (mirror: MemoryWishListRepository, text: string, person = ada) =>
    mirror.add(person, 'ada', text, { key: text, at: clock.at(0) });
  const list = async (mirror: MemoryWishListRepository, person = ada) =>
    (await mirror.list(person)).map(({ text }) => text);

  it('takes over what the database has, and keeps what may be on its way there', async () => {
    const mirror = made();
    await add(mirror, 'c on its way');
    mirror.learn(ada, [entry('a'), entry('b')]);
    expect(await list(mirror)).toEqual(['a', 'b', 'c on its way']);
    mirror.learn(ada, [entry('a'), entry('c on its way')]);
    expect(await list(mirror)).toEqual(['a', 'c on its way']);
    mirror.learn(ada, []);
    expect(await list(mirror)).toEqual([]);
  });

  it('drops what it knows of one person or of everyone', async () => {
    const mirror = made();
    for (const person of [ada, grace]) await add(mirror, `of ${person}`, person);
    mirror.evict(ada);
    expect([await list(mirror), await list(mirror, grace)]).toEqual([[], [`of ${grace}`]]);
    mirror.clear();
    expect(await list(mirror, grace)).toEqual([]);
  });

  it('forgets everyone, and learns nothing from before that; a flush of conversations is not meant', async () => {
    const mirror = made();
    for (const person of [ada, grace]) await add(mirror, `of ${person}`, person);
    mirror.forget(undefined, clock.at(1), 'conversations');
    expect(await list(mirror)).toHaveLength(1);
    mirror.forget(undefined, clock.at(0), 'everything');
    mirror.learn(ada, [entry('a')]);
    expect([await list(mirror), await list(mirror, grace)]).toEqual([[], []]);
  });
});
