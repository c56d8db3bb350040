import { setTimeout as pause } from 'node:timers/promises';
import type { TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { type Action, perform } from './actions.ts';
import { openEnds, violations } from './invariants.ts';
import { World } from './World.ts';

/** Milliseconds; many times what anything takes that is tried again. */
const patience = 8_000;

/**
 * Lets a script happen, lets everything heal, and checks the promise.
 * @throws Error with everything that happened when the promise was broken
 */
export async function runScript(test: TestDatabase, size: number, script: readonly Action[]): Promise<World> {
  const world = await World.create(test, size);
  try {
    await perform(world, script);
    await world.heal();
    await quiet(world);
    await world.reconnect();
    await quiet(world);
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

// Waits until nothing is left to do; what is left after so long is left for good.
async function quiet(world: World): Promise<void> {
  const until = Date.now() + patience;
  let ends = await openEnds(world);
  for (; ends.length > 0 && Date.now() < until; ends = await openEnds(world)) await pause(25);
  for (const end of ends) world.fail(end);
}
