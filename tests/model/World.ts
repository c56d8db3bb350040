import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Draft, Turn } from '../../src/core/conversation/Turn.ts';
import type { Verdict } from '../../src/core/conversation/TurnLedger.ts';
import type { TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { minutes } from './fastTime.ts';
import { apology, Instance } from './Instance.ts';
import { type Kept, ModelDiscord, type RestFault } from './ModelDiscord.ts';
import { Trace } from './Trace.ts';

/** How a database is away: nothing listens; nothing comes through; statements take effect and no answer comes back. */
export type Outage = 'refuse' | 'blackHole' | 'commitsLate';

/** What happened to a run that forbids something to be asked of it. */
interface History {
  outages: number;
  crashes: number;
  jumps: number;
  /** Instances that were away or starved while another one lived. */
  standstills: number;
  stops: number;
  /** Statements whose answer was lost. */
  cuts: number;
}

/** People, one Discord, one PostgreSQL, and one to three bots, with everything that can go wrong between them. */
export class World {
  readonly trace = new Trace();
  readonly clock = { now: (): number => Date.now() + this.#offset };
  readonly discord: ModelDiscord;
  readonly instances: Instance[];
  readonly test: TestDatabase;
  readonly server: { host: string; port: number };
  readonly history: History = { outages: 0, crashes: 0, jumps: 0, standstills: 0, stops: 0, cuts: 0 };
  readonly failures: string[] = [];
  /** What was taken on, in order. */
  readonly accepted = new Set<string>();
  /** What came to a bot through the gateway, in order. */
  readonly seen = new Set<string>();
  readonly recorded = new Set<string>();
  /** How often the workflow was asked about a message. */
  readonly calls = new Map<string, number>();
  readonly #admin: pg.Client;
  readonly #names = new Map<string, string>();
  /** What the workflow answers in a stream. */
  readonly #streamed = new Set<string>();
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  readonly #outages = new Map<Instance, Outage>();
  readonly #folders: string[] = [];
  readonly #corpses: Promise<unknown>[] = [];
  #offset = 0;

  private constructor(test: TestDatabase, admin: pg.Client, size: number, random: () => number) {
    this.test = test;
    this.#admin = admin;
    this.server = { host: String(test.environment.DB_HOST), port: Number(test.environment.DB_PORT) };
    this.discord = new ModelDiscord(() => this.clock.now(), this.trace);
    this.discord.latency = () => Math.floor(random() ** 3 * 30);
    this.discord.onFault = (fault, who) => this.#onFault(fault, who);
    this.instances = Array.from({ length: size }, (_, n) => new Instance('ABC'[n] ?? '?', this));
  }

  /** A world of so many bots that run. */
  static async create(test: TestDatabase, size: number, random: () => number = Math.random): Promise<World> {
    const { DB_HOST: host, DB_PORT, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = test.environment;
    const admin = new pg.Client({ host, port: Number(DB_PORT), database, user, password } as pg.ClientConfig);
    await admin.connect();
    const world = new World(test, admin, size, random);
    await admin.query('TRUNCATE turns, lanes, instances, journal_entries, users, model_records CASCADE');
    for (const instance of world.instances) {
      await instance.start();
      await instance.started();
    }
    return world;
  }

  fail(what: string): void {
    this.trace.add('!!', what);
    this.failures.push(what);
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.#admin.query(sql, values).then(({ rows }) => rows as Row[]);
  }

  /** A person writes; `slow`: the workflow answers when `answer` is called. */
  write(user: number, slow: boolean, isGreeting = false, isStreamed = false): Kept {
    const text = `${isGreeting ? 'hello ' : ''}${'xyz'[user]}${this.#names.size + 1}`;
    const kept = this.discord.write(String(100 + user), text);
    this.#names.set(kept.id, kept.content);
    if (isStreamed) this.#streamed.add(kept.id);
    if (slow) this.#held.set(kept.id, Promise.withResolvers<void>());
    this.trace.add('person', `writes ${kept.content}${slow ? ' (slow)' : ''} = ${kept.id}`);
    return kept;
  }

  /** From now on the workflow is slow, also where it is asked again. */
  hold(): void {
    this.trace.add('workflow', 'is slow from now on');
    for (const id of this.#names.keys()) if (!this.#held.has(id)) this.#held.set(id, Promise.withResolvers<void>());
  }

  /** The workflow answers everything that it was asked, and will be asked about the same messages. */
  answer(): void {
    if (this.#held.size > 0) this.trace.add('workflow', 'answers what was slow');
    for (const { resolve } of this.#held.values()) resolve();
    this.#held.clear();
  }

  async respond({ name }: Instance, { id, text }: Turn, draft: Draft, isKept: boolean): Promise<string> {
    const call = (this.calls.get(id) ?? 0) + 1;
    this.calls.set(id, call);
    this.trace.add('workflow', `is asked about ${text} by ${name}, call ${call}`);
    if (isKept) this.fail(`I6: the workflow was asked about ${text} although its answer had been kept.`);
    const show = this.#streamed.has(id) ? draft : (): void => undefined;
    show(`re: ${text}`);
    await (this.#held.get(id)?.promise ?? pause(5));
    show(`re: ${text} #`);
    if (this.#streamed.has(id)) await pause(this.discord.latency() * 10);
    return text.startsWith('hello') ? 'hello' : `re: ${text} #${call}`;
  }

  onTaken({ name }: Instance, id: string, taken: Verdict): void {
    const attempts = taken.verdict === 'mine' ? `, attempt ${taken.attempts}` : '';
    this.trace.add(name, `claim of ${this.nameOf(id)}: ${taken.verdict}${attempts}`);
    if (taken.verdict === 'mine') this.accepted.add(id);
  }

  onRecord({ name }: Instance, turn: Turn): void {
    const { id, userId } = turn;
    this.trace.add(name, `records ${turn.text}`);
    const order = [...this.accepted];
    const isEarlier = (m: Kept): boolean =>
      m.authorId === userId && BigInt(m.id) < BigInt(id) && order.indexOf(m.id) < order.indexOf(id) && !m.isDeleted;
    // What is found late may be answered behind what was seen at its time.
    const open = this.discord.messages.filter(
      (m) =>
        isEarlier(m) &&
        this.seen.has(m.id) &&
        this.accepted.has(m.id) &&
        !this.recorded.has(m.id) &&
        !this.isApology(m.id),
    );
    // Who starts while the database is away does not know what it took on before.
    const { outages, crashes, stops } = this.history;
    const isOrderOwed = this.instances.length === 1 && (outages === 0 || crashes + stops === 0);
    if (isOrderOwed && open.length > 0)
      this.fail(`I4: ${turn.text} was recorded before ${open.map(({ content }) => content).join(', ')}.`);
    this.recorded.add(id);
  }

  isApology(id: string): boolean {
    return this.discord.answersTo(id).some(({ content }) => content === apology);
  }

  /** The database goes away for one or for all. */
  async breakDatabase(instances: readonly Instance[], outage: Outage): Promise<void> {
    this.history.outages += 1;
    this.trace.add('database', `${outage} for ${instances.map(({ name }) => name).join(', ')}`);
    for (const instance of instances) {
      this.#outages.set(instance, outage);
      await this.applyOutage(instance);
    }
  }

  async applyOutage(instance: Instance): Promise<void> {
    const outage = this.#outages.get(instance);
    await instance.proxy?.heal();
    if (outage === 'refuse') await instance.proxy?.refuse();
    else if (outage) instance.proxy?.blackHole(outage === 'blackHole' ? 'both' : 'toClient');
  }

  /** Whom the bots know, so that they look for what they missed. */
  known = new Set<string>();

  async healDatabase(): Promise<void> {
    if (this.#outages.size === 0) return;
    this.#outages.clear();
    this.trace.add('database', 'can be reached again');
    for (const { proxy } of this.instances) await proxy?.heal();
  }

  /** Three minutes pass, in which Discord forgets nonces; nothing that would have ended in them is still on its way. */
  async jump(): Promise<void> {
    if (this.history.jumps >= 2) return;
    const until = Date.now() + 1_000;
    while (!this.discord.isSettled && Date.now() < until) await pause(5);
    if (!this.discord.isSettled) return;
    this.history.jumps += 1;
    this.#offset += minutes(3);
    this.discord.forgetNonces();
    this.trace.add('time', 'three minutes pass; Discord forgets nonces');
  }

  starve(instance: Instance | undefined): void {
    if (!instance?.isUp) return;
    this.history.standstills += 1;
    instance.isStarved = true;
    this.trace.add(instance.name, 'has no heartbeats from now on');
  }

  delete(message: Kept): void {
    this.trace.add('person', `deletes ${message.content}`);
    this.discord.delete(message);
  }

  #onFault(fault: RestFault, who: string): void {
    const instance = this.instances.find(({ name }) => name === who);
    if (!instance?.isUp) return;
    if (fault === 'breakAfter') void this.breakDatabase([instance], 'refuse');
    if (fault !== 'crashBefore' && fault !== 'crashAfter') return;
    this.history.crashes += 1;
    void instance.crash();
  }

  /** A folder that is removed with the world. */
  makeFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'steward-model-'));
    this.#folders.push(folder);
    return folder;
  }

  bury(corpse: Promise<unknown>): void {
    this.#corpses.push(corpse.catch(() => undefined));
  }

  /** Everything works again, and everyone is started. */
  async heal(): Promise<void> {
    this.trace.add('world', 'heals');
    await this.healDatabase();
    this.discord.faults.length = 0;
    this.answer();
    for (const instance of this.instances) {
      instance.isStarved = false;
      instance.lostStatement = undefined;
      await instance.start();
    }
    for (const instance of this.instances) await instance.started();
  }

  /** Everyone looks for what was missed, as in a new session with Discord. */
  async reconnect(): Promise<void> {
    const people = await this.query<{ discord_id: string }>('SELECT discord_id FROM turns');
    this.known = new Set(people.map(({ discord_id }) => discord_id));
    for (const instance of this.instances) instance.reconnect();
  }

  async close(): Promise<void> {
    for (const instance of this.instances) await instance.crash();
    await Promise.all(this.#corpses);
    await this.#admin.end();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}
