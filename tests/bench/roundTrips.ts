import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresAddress } from '../../src/testing/postgres/address.ts';
import { QueryObserver } from '../support/queryObserver.ts';
import { Surroundings } from './Surroundings.ts';
import { median } from './statistics.ts';

/** Round trips to PostgreSQL for a message that comes alone, as they are seen on the wire; medians. */
export async function countRoundTrips(server: PostgresAddress, environment: Readonly<Record<string, string>>) {
  await using observer = await QueryObserver.start(server);
  await using world = await Surroundings.start();
  const started = await world.start('Steward', { ...environment, DB_PORT: String(observer.port) });
  await using _bot = started.contender;
  const [person] = world.people(1);
  if (!person) throw new Error('Nobody is there to write.');
  const counts: { before: number; between: number; all: number }[] = [];
  for (let n = 0; n < 20; n += 1) {
    const moments: number[] = [];
    const note = (): unknown => moments.push(performance.now());
    note();
    world.workflow.once('call', note).once('answered', note);
    await world.correspondence.ask(person);
    note();
    // What is recorded afterwards has no event to wait for in another process.
    await pause(100);
    const [said = 0, called = 0, answered = 0, replied = 0] = moments;
    counts.push({
      before: observer.between(said, called).length,
      between: observer.between(answered, replied).length,
      all: observer.between(said, performance.now()).length,
    });
  }
  const of = (what: 'before' | 'between' | 'all'): number => median(counts.map((each) => each[what]));
  return { before: of('before'), between: of('between'), all: of('all') };
}
