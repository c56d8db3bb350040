import { Surroundings } from './Surroundings.ts';

/** Resident megabytes of Steward before and after so many people have written to it once, after a warm-up. */
export async function measureManyPeople(environment: Readonly<Record<string, string>>, count: number) {
  await using world = await Surroundings.start();
  const { contender } = await world.start('Steward', environment);
  await using bot = contender;
  // Two hundred at a time, who are forgotten by the generator when they have been answered.
  const write = async (people: () => ReturnType<typeof world.people>, times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) await Promise.all(people().map((person) => world.correspondence.ask(person)));
  };
  const crowd = 200;
  const same = world.people(crowd);
  await write(() => same, Math.min(50, count / crowd));
  const before = (await bot.memory()) / 1e6;
  await write(() => world.people(crowd), count / crowd);
  return { before, after: (await bot.memory()) / 1e6 };
}
