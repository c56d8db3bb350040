import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TurnTable } from '../../../src/core/conversation/TurnTable.ts';
import type { Database } from '../../../src/core/database/Database.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../../src/testing/repositories/openDatabase.ts';

const instances = ['a', 'b', 'c'];
// Ids of different lengths; every third one is of the same person.
const messages = Array.from({ length: 12 }, (_, n) => ({
  messageId: String(95 + n),
  userId: `u${n % 3}`,
  channelId: '10',
}));

type Message = (typeof messages)[number];
type Step =
  | { kind: 'claim' | 'record'; instance: string; message: Message }
  | { kind: 'finish'; message: Message }
  | { kind: 'sweep' | 'restart'; instance: string; takeOver: boolean; grace: number }
  | { kind: 'endLease' | 'leave'; instance: string }
  | { kind: 'heartbeat'; instance: string; leaving: boolean };

const instance = fc.constantFrom(...instances);
const message = fc.constantFrom(...messages);
const sweep = { instance, takeOver: fc.boolean(), grace: fc.constantFrom(0, 0, 3_600_000) };
const step = (...others: fc.Arbitrary<Step>[]): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('claim'), instance, message }) as fc.Arbitrary<Step> },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('sweep'), ...sweep }) as fc.Arbitrary<Step> },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish'), message }) as fc.Arbitrary<Step> },
    fc.record({ kind: fc.constant('restart'), ...sweep }) as fc.Arbitrary<Step>,
    fc.record({ kind: fc.constantFrom('endLease', 'leave'), instance }) as fc.Arbitrary<Step>,
    fc.record({ kind: fc.constant('heartbeat'), instance, leaving: fc.boolean() }) as fc.Arbitrary<Step>,
    ...others,
  );
const record = fc.record({ kind: fc.constant('record'), instance, message }) as fc.Arbitrary<Step>;

/** What the tables say; `order` is the message id as a number. */
interface State {
  turns: Record<string, { person: string; order: number; owner: string | null; finished: boolean; attempts: number }>;
  lanes: Record<string, { holder: string | null; fence: number }>;
  alive: Record<string, { leaving: boolean }>;
}

/** A turn that an instance was told to work on, and has not forgotten by a restart. */
interface Hand {
  instance: string;
  messageId: string;
  fence: number;
}

describe.skipIf(!inject('postgres'))('turns, whatever three instances do', { timeout: 240_000 }, () => {
  let test: TestDatabase;
  let database: Database;
  let turns: TurnTable;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.environment);
    turns = new TurnTable(database);
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });

  /** Instances with what they have in hand. */
  class World {
    hands: Hand[] = [];
    /** How often each message was handed out. */
    readonly given: string[] = [];

    async start(): Promise<this> {
      for (const table of ['turns', 'lanes', 'instances']) await database.query(`DELETE FROM ${table}`);
      for (const name of instances) await turns.heartbeat(name);
      return this;
    }

    /** Does one step and returns the ids of the messages that it handed out, in their order. */
    async take(step: Step): Promise<string[]> {
      switch (step.kind) {
        case 'claim':
        case 'record': {
          const { kind, message, instance } = step;
          const { verdict, fence } = await (kind === 'claim'
            ? turns.claim(message, instance)
            : turns.record(message, instance, new Date()));
          return verdict === 'mine' ? this.#give(instance, [{ ...message, fence: Number(fence) }]) : [];
        }
        case 'finish':
          await this.#finish(step.message.messageId);
          return [];
        case 'restart':
          await turns.heartbeat(step.instance);
          this.hands = this.hands.filter((hand) => hand.instance !== step.instance);
          return this.#give(step.instance, await turns.sweep(step.instance, { ...step, first: true }));
        case 'sweep':
          return this.#give(step.instance, await turns.sweep(step.instance, { ...step, first: false }));
        case 'endLease':
          await database.query("UPDATE instances SET expires_at = '-infinity' WHERE id = $1", [step.instance]);
          return [];
        case 'leave':
          await turns.leave(step.instance);
          return [];
        case 'heartbeat':
          await turns.heartbeat(step.instance, step);
          return [];
      }
    }

    async #finish(messageId: string): Promise<void> {
      // What is handed out meanwhile may have come too late for this.
      const finished = this.hands.filter((hand) => hand.messageId === messageId);
      await turns.finish(messageId);
      this.hands = this.hands.filter((hand) => !finished.includes(hand));
    }

    #give(instance: string, given: readonly { messageId: string; fence: number }[]): string[] {
      for (const { messageId, fence } of given) {
        this.hands.push({ instance, messageId, fence });
        this.given.push(messageId);
      }
      return given.map(({ messageId }) => messageId);
    }

    /** Those who may still answer, by the database's word; no turn may have two. */
    async holders(): Promise<Hand[]> {
      const held = await Promise.all(this.hands.map(({ messageId, fence }) => turns.holds(messageId, fence)));
      const holders = this.hands.filter((_, index) => held[index]);
      const pairs = new Set(holders.map((hand) => `${hand.messageId} ${hand.instance}`));
      expect(pairs.size, 'a turn is in two hands').toBe(new Set(holders.map(({ messageId }) => messageId)).size);
      return holders;
    }

    /** Living instances sweep and finish what they have, until nothing is left. */
    async drain(): Promise<void> {
      await turns.heartbeat('a');
      for (let round = 0; round <= messages.length; round += 1) {
        const { alive, turns: rows } = await read();
        if (Object.values(rows).every(({ finished }) => finished)) return;
        for (const instance of Object.keys(alive))
          await this.take({ kind: 'sweep', instance, takeOver: true, grace: 0 });
        const holders = await this.holders();
        for (const { messageId, instance } of holders) if (alive[instance]) await this.#finish(messageId);
      }
      expect.fail('some turn is never handed out');
    }
  }

  async function read(): Promise<State> {
    const rows = await database.query<{ state: State }>(`SELECT json_build_object(
      'turns', (SELECT coalesce(json_object_agg(message_id, json_build_object('person', discord_id, 'order', message_id::int,
        'owner', instance_id, 'finished', finished_at IS NOT NULL, 'attempts', attempts)), '{}') FROM turns),
      'lanes', (SELECT coalesce(json_object_agg(discord_id, json_build_object('holder', instance_id, 'fence', fence)), '{}') FROM lanes),
      'alive', (SELECT coalesce(json_object_agg(id, json_build_object('leaving', leaving)), '{}') FROM instances WHERE expires_at > now())
    ) AS state`);
    return (rows[0] as { state: State }).state;
  }

  /** What may have changed by one step, and must have. */
  function compare(before: State, after: State, step: Step, given: readonly string[]): void {
    const actor = 'instance' in step ? step.instance : undefined;
    const unfinished = (state: State, person: string) =>
      Object.values(state.turns).filter((turn) => turn.person === person && !turn.finished);
    for (const [person, { holder, fence }] of Object.entries(after.lanes)) {
      const was = before.lanes[person];
      if (was === undefined || was.holder === holder) {
        expect(fence, 'a lane that stays keeps its fence').toBe(was?.fence ?? 1);
        continue;
      }
      const former = was.holder === null ? undefined : before.alive[was.holder];
      const isFree =
        !former || (former.leaving && !unfinished(before, person).some(({ owner }) => owner === was.holder));
      expect([holder, fence, isFree], 'a lane is taken when it is free').toEqual([actor, was.fence + 1, true]);
    }
    for (const [id, turn] of Object.entries(after.turns)) {
      const was = before.turns[id] ?? { owner: null, finished: false, attempts: 0 };
      const [lane, lost] = [after.lanes[turn.person]?.holder, before.lanes[turn.person]?.holder];
      const isReleased = lane !== lost && was.owner === lost;
      if (was.finished) expect(turn, 'what is finished stays so').toEqual(was);
      if (given.includes(id)) {
        const isFree = was.owner === null || was.owner === actor || !before.alive[was.owner] || isReleased;
        expect([turn.owner, isFree], 'nothing is taken from the living').toEqual([actor, true]);
      } else {
        expect(turn.owner, 'nothing changes hands unsaid').toBe(isReleased && !turn.finished ? null : was.owner);
      }
      const isRecordedAgain = step.kind === 'record' && was.owner === actor;
      expect(turn.attempts, 'each handing out is counted').toBe(
        was.attempts + (given.includes(id) && !isRecordedAgain ? 1 : 0),
      );
    }
    expect(given, 'the earliest is first').toEqual([...given].sort((one, other) => Number(one) - Number(other)));
    if (step.kind === 'record') return;
    for (const id of given) {
      // What it had before its restart was in order when it got it.
      if (before.turns[id]?.owner === actor) continue;
      const { person, order } = after.turns[id] as State['turns'][string];
      const earlier = unfinished(after, person).filter((turn) => turn.order < order);
      expect(
        earlier.map(({ owner }) => owner),
        'nothing overtakes an earlier message',
      ).toEqual(earlier.map(() => actor));
    }
  }

  it('have at most one owner, keep their order and are all handed out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(record), { minLength: 10, maxLength: 40 }), async (steps) => {
        const world = await new World().start();
        let before = await read();
        for (const one of steps) {
          const given = await world.take(one);
          const after = await read();
          compare(before, after, one, given);
          await world.holders();
          before = after;
        }
        await world.drain();
      }),
      { numRuns: 40 },
    );
  });

  it('are counted, have at most one owner and are all handed out, at the same time too', async () => {
    const batches = fc.array(fc.array(step(), { minLength: 5, maxLength: 20 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, async (batches) => {
        const world = await new World().start();
        for (const batch of batches) {
          await Promise.all(batch.map((one) => world.take(one)));
          const { turns: rows } = await read();
          const counted = Object.entries(rows).map(([id, { attempts }]) => [id, attempts]);
          expect(counted).toEqual(counted.map(([id]) => [id, world.given.filter((given) => given === id).length]));
          await world.holders();
        }
        await world.drain();
      }),
      { numRuns: 40 },
    );
  });
});
