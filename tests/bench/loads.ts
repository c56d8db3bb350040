import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import type { Correspondence, Times } from './Correspondence.ts';

/** So many messages a second, of people who take turns, whatever comes back; returns how long each took. */
export async function steadily(
  correspondence: Correspondence,
  people: readonly SimulatedUser[],
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<Times[]> {
  const count = Math.floor((perSecond * forMs) / 1_000);
  const startedAt = performance.now();
  const answers: Promise<Times>[] = [];
  for (let index = 0; index < count; index += 1) {
    // By the schedule and not by the last message: a late timer makes the next pause shorter.
    const early = startedAt + (index * 1_000) / perSecond - performance.now();
    if (early > 0) await delay(early);
    answers.push(correspondence.ask(people[index % people.length] as SimulatedUser));
  }
  return Promise.all(answers);
}

/** Everybody writes again as soon as the answer is there, for so many milliseconds; returns how many answers came. */
export async function inTurn(
  correspondence: Correspondence,
  people: readonly SimulatedUser[],
  forMs: number,
): Promise<number> {
  const endsAt = performance.now() + forMs;
  const write = async (person: SimulatedUser): Promise<number> => {
    let answers = 0;
    while (performance.now() < endsAt) {
      await correspondence.ask(person);
      answers += 1;
    }
    return answers;
  };
  return (await Promise.all(people.map(write))).reduce((sum, answers) => sum + answers, 0);
}
