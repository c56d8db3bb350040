import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { type RestFault, restFaults } from './ModelDiscord.ts';
import type { Outage, World } from './World.ts';

/** How a message comes to an instance. */
type Arrival = 'now' | 'late' | 'twice' | 'never';

export type Action = { readonly after: number } & (
  | {
      readonly kind: 'write';
      readonly user: number;
      readonly slow: boolean;
      readonly arrivals: readonly Arrival[];
      readonly greets?: boolean;
      readonly streams?: boolean;
    }
  | { readonly kind: 'answer' | 'hold' | 'heal' | 'jump' | 'delete' | 'wait' | 'feed' }
  | { readonly kind: 'fault'; readonly fault: RestFault }
  | { readonly kind: 'start' | 'starve'; readonly at: number }
  | { readonly kind: 'cut'; readonly at: number; readonly statement: string }
  | { readonly kind: 'asked'; readonly calls: number }
  | { readonly kind: 'crash' | 'stop'; readonly at: number; readonly back: boolean }
  | { readonly kind: 'break'; readonly at: number | 'all'; readonly outage: Outage }
);

/** Scripts for a world of so many instances. */
export function scripts(size: number, { outages = true, jumps = true, maxLength = 14 } = {}): fc.Arbitrary<Action[]> {
  const after = fc.constantFrom(0, 0, 0, 3, 3, 10, 10, 30, 30, 80, 80, 300, 900);
  const at = fc.nat(size - 1);
  const arrival = fc.constantFrom<Arrival>('now', 'now', 'now', 'now', 'late', 'twice', 'never');
  const write = fc.record({
    ...{ kind: fc.constant('write' as const), user: fc.nat(1), slow: fc.boolean(), after },
    ...{ greets: fc.boolean(), streams: fc.boolean() },
    arrivals: fc.array(arrival, { minLength: size, maxLength: size }),
  });
  const simple = fc.record({
    kind: fc.constantFrom<'answer' | 'hold' | 'delete' | 'wait' | 'feed'>(
      'answer',
      'answer',
      'hold',
      'wait',
      'feed',
      'delete',
    ),
    after,
  });
  const fault = fc.record({
    ...{ kind: fc.constant('fault' as const), after },
    fault: fc.constantFrom(...restFaults.filter((fault) => outages || fault !== 'breakAfter')),
  });
  const kind = fc.constantFrom('crash', 'crash', 'crash', 'start', 'start', 'stop', 'starve');
  const life = fc.record({ kind, at, back: fc.boolean(), after });
  const outage = fc.record({
    kind: fc.constant('break' as const),
    at: fc.oneof(at, fc.constant('all' as const)),
    outage: fc.constantFrom<Outage>('refuse', 'refuse', 'blackHole', 'commitsLate'),
    after,
  });
  const cut = fc.record({
    ...{ kind: fc.constant('cut' as const), at, after },
    statement: fc.constantFrom(
      'claim_turn',
      'sweep_turns',
      'sweep_turns',
      'finish_turn',
      'record_turn',
      'model_records',
    ),
  });
  const choices = [
    { weight: 6, arbitrary: write },
    { weight: 3, arbitrary: simple },
    { weight: 2, arbitrary: fault },
    { weight: 2, arbitrary: cut },
    { weight: 4, arbitrary: life as fc.Arbitrary<Action> },
    ...(outages ? [{ weight: 2, arbitrary: outage }] : []),
    ...(outages ? [{ weight: 2, arbitrary: fc.record({ kind: fc.constant('heal' as const), after }) }] : []),
    ...(jumps ? [{ weight: 1, arbitrary: fc.record({ kind: fc.constant('jump' as const), after }) }] : []),
  ] as fc.WeightedArbitrary<Action>[];
  return fc.array(fc.oneof(...choices), { minLength: 3, maxLength });
}

/** Does what a script says, each action at its time. */
export async function perform(world: World, script: readonly Action[]): Promise<void> {
  for (const action of script) {
    await act(world, action);
    await pause(action.after);
  }
}

async function act(world: World, action: Action): Promise<void> {
  const { instances, discord, history } = world;
  const instance = 'at' in action && action.at !== 'all' ? instances[action.at] : undefined;
  switch (action.kind) {
    case 'write': {
      const message = world.write(action.user, action.slow, action.greets, action.streams);
      for (const [index, arrival] of action.arrivals.entries()) {
        const see = (): void => instances[index]?.see(message);
        if (arrival === 'late') setTimeout(see, 150);
        else if (arrival !== 'never') see();
        if (arrival === 'twice') setTimeout(see, 20);
      }
      return;
    }
    case 'answer':
      return world.answer();
    case 'hold':
      return world.hold();
    case 'heal':
      return world.healDatabase();
    case 'jump':
      return world.jump();
    case 'feed':
      for (const one of instances) one.isStarved = false;
      return;
    case 'fault':
      discord.faults.push(action.fault);
      return;
    case 'crash':
      if (instance?.isUp) history.crashes += 1;
      await instance?.crash();
      return action.back ? instance?.start() : undefined;
    case 'start':
      return instance?.start();
    case 'stop':
      if (instance?.isUp) history.stops += 1;
      await instance?.stop(50);
      return action.back ? instance?.start() : undefined;
    case 'starve':
      world.starve(instance);
      return;
    case 'cut':
      if (instance) instance.lostStatement = action.statement;
      return;
    case 'asked':
      return asked(world, action.calls);
    case 'break':
      return world.breakDatabase(instance ? [instance] : instances, action.outage);
    case 'delete': {
      const last = discord.messages.findLast(({ nonce }) => nonce === undefined);
      if (last) world.delete(last);
      return;
    }
    case 'wait':
      return pause(800);
  }
}

// Waits until the workflow was asked so many times in all.
async function asked({ calls }: World, times: number): Promise<void> {
  const sum = (): number => [...calls.values()].reduce((total, n) => total + n, 0);
  for (let wait = 0; sum() < times && wait < 1_000; wait += 1) await pause(10);
}
