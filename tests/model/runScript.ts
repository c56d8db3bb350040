import type { TestDatabase } from '../support/testDatabase.ts';
import { type Action, perform } from './actions.ts';
import { openEnds, violations } from './invariants.ts';
import { World } from './World.ts';

/**
 * Lets a script happen, lets everything heal, and checks the promise.
 * @throws Error with everything that happened when the promise was broken
 */
export async function runScript(test: TestDatabase, size: number, script: readonly Action[]): Promise<World> {
  const world = await World.create(test, size);
  try {
    await perform(world, script);
    let ends: string[] = [];
    const isQuiet = async (): Promise<boolean> => {
      ends = await openEnds(world);
      return ends.length === 0;
    };
    if (!(await world.settle(8_000, isQuiet))) for (const end of ends) world.fail(end);
    for (const { name, database } of world.instances) {
      const letters = (await database?.journal.deadLetters.list()) ?? [];
      for (const { code } of letters) world.fail(`I5: ${name} has a dead letter: ${code}`);
    }
    const wrong = await violations(world);
    if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${world.trace}`);
    return world;
  } finally {
    await world.close();
  }
}
