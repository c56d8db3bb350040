import { cpSync } from 'node:fs';
import { basename } from 'node:path';
import { container } from '@sapphire/framework';
import { type Client, Events, type Message } from 'discord.js';
import { openConversation } from '../../src/core/conversation/openConversation.ts';
import type { Turn } from '../../src/core/conversation/Turn.ts';
import type { KeptAnswer } from '../../src/core/conversation/TurnLedger.ts';
import { Database } from '../../src/core/database/Database.ts';
import { instanceId } from '../../src/core/database/instanceId.ts';
import { User } from '../../src/core/database/User.ts';
import type { KernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { MessageCreateListener } from '../../src/listeners/messageCreate.ts';
import { FaultProxy } from '../../src/testing/network/FaultProxy.ts';
import type { Kept } from './ModelDiscord.ts';
import { openRecords } from './Records.ts';
import type { World } from './World.ts';

export const apology = 'Sorry.';
const never = new Promise<never>(() => undefined);

/** From one start of a bot to its end. */
interface Life {
  isDead: boolean;
  /** What does not end in time then fails as it may. */
  isStopping?: boolean;
  readonly proxy: FaultProxy;
  database?: Database;
  client?: Client;
  turns?: ReturnType<typeof openConversation>;
  starting?: Promise<void>;
}

/** A bot on a machine of its own: it keeps its data folder when it crashes, and nothing else. */
export class Instance {
  readonly name: string;
  readonly #world: World;
  #folder: string;
  #life: Life | undefined;
  /** Its heartbeats do not come through. */
  isStarved = false;
  /** The next of these statements takes effect, and its connection is cut before the answer comes. */
  lostStatement: string | undefined;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    this.#folder = world.makeFolder();
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  get isLive(): boolean {
    return this.#life?.client !== undefined;
  }

  get proxy(): FaultProxy | undefined {
    return this.#life?.proxy;
  }

  get database(): Database | undefined {
    return this.#life?.database;
  }

  get inHand(): number {
    return this.#life?.turns?.intake.inHand ?? 0;
  }

  /** Begins to start; a message reaches it when it is logged in. */
  async start(): Promise<void> {
    if (this.#life) return;
    const world = this.#world;
    const life: Life = { isDead: false, proxy: await FaultProxy.start(world.server) };
    this.#life = life;
    this.isStarved = false;
    this.lostStatement = undefined;
    await world.applyOutage(this);
    world.trace.add(this.name, 'starts');
    life.starting = this.#boot(life).catch((error: unknown) => {
      if (!life.isDead) world.fail(`${this.name} could not start: ${String(error)}`);
    });
  }

  /** Settles when it is logged in. */
  async started(): Promise<void> {
    await this.#life?.starting;
  }

  /** A kill -9: its memory is gone, its connections are cut, its folder stays as it is. */
  async crash(): Promise<void> {
    const life = this.#life;
    if (!life) return;
    this.#world.trace.add(this.name, 'CRASHES');
    life.isDead = true;
    this.#life = undefined;
    const folder = this.#world.makeFolder();
    const isKept = (path: string): boolean => !/^(lock.*|reserve)$/.test(basename(path));
    cpSync(this.#folder, folder, { recursive: true, filter: isKept });
    this.#folder = folder;
    await life.proxy.refuse();
    this.#world.bury(this.#dissolve(life));
  }

  /** A SIGTERM. */
  async stop(patience: number): Promise<void> {
    const life = this.#life;
    if (!life) return;
    await life.starting;
    if (life.isDead) return;
    this.#world.trace.add(this.name, 'stops');
    life.isStopping = true;
    delete life.client;
    await life.turns?.leave(patience);
    await life.turns?.stop();
    await life.database?.close();
    life.isDead = true;
    this.#life = undefined;
    await life.proxy.refuse();
    this.#world.trace.add(this.name, 'has stopped');
  }

  /** The gateway tells it of a message. */
  see(kept: Kept): void {
    const client = this.#life?.client;
    if (!client) return;
    this.#world.trace.add(this.name, `sees ${this.#world.nameOf(kept.id)}`);
    this.#world.seen.add(kept.id);
    client.emit(Events.MessageCreate, this.#world.discord.view(kept, client) as never);
  }

  /** The session with Discord begins anew. */
  reconnect(): void {
    this.#life?.client?.emit(Events.ShardReady, 0, undefined);
  }

  async #boot(life: Life): Promise<void> {
    const world = this.#world;
    const { trace } = world;
    const log = trace.log(this.name, life);
    const env = this.#environment(life.proxy);
    const database = await Database.open({ env, entities: [User], settings: {}, log });
    this.#interfere(database);
    life.database = database;
    if (life.isDead) return;
    const kept = await keptAnswers(database);
    if (kept.length > 0) trace.add(this.name, `has kept answers to ${kept.map((id) => world.nameOf(id)).join(', ')}`);
    const records = openRecords(database);
    const live = Promise.withResolvers<void>();
    const client = world.discord.connect(this.name, life);
    const turns = openConversation({
      ...{ database, client, log, clock: world.clock, instance: instanceId(env.DATA_DIR), live: live.promise },
      wording: {
        refusal: () => 'No.',
        apology: () => apology,
        stillWorking: () => 'Wait.',
        lateAnswer: (text) => text,
      },
      hooks: [
        {
          plugin: 'model',
          hooks: {
            recall: async ({ userId }) => {
              await records.of(userId);
              return {};
            },
            respond: async (turn, _recollection, draft) => {
              if (life.isDead) return never;
              const text = await world.respond(
                this,
                turn,
                draft,
                kept.includes(turn.id) && world.instances.length === 1,
              );
              return life.isDead ? never : { text };
            },
            record: async (turn: Turn, { reply }) => {
              if (life.isDead) return never;
              world.onRecord(this, turn);
              await records.save(turn.userId, turn.id, reply?.text ?? apology, {
                key: `${turn.id}:record`,
                at: turn.at,
              });
            },
          },
        },
      ],
    });
    life.turns = turns;
    this.#listen(client, turns, life);
    await database.complete();
    await turns.start();
    if (life.isDead) return;
    life.client = client;
    trace.add(this.name, `is live, ${database.state}`);
    live.resolve();
    client.emit(Events.ShardReady, 0, undefined);
  }

  #listen(client: Client, turns: ReturnType<typeof openConversation>, life: Life): void {
    const { intake, conversation } = turns;
    const store = container.stores.get('listeners');
    const listener = new MessageCreateListener({ name: 'MessageCreate', root: '', path: '', store } as never);
    Object.defineProperty(listener, 'container', { value: { intake, conversation, client } });
    const onError = (error: unknown): void => {
      if (!life.isDead && !life.isStopping)
        this.#world.fail(`A listener of ${this.name} failed: ${String((error as Error).stack)}`);
    };
    const take = intake.take.bind(intake);
    intake.take = async (message: Message) => {
      const taken = await take(message);
      if (!life.isDead) this.#world.onTaken(this, message.id, taken);
      return taken;
    };
    const expectLate = intake.expect.bind(intake);
    intake.expect = (claim, late) => {
      // Taken on by an earlier run, which may have ended before it could say so.
      if (late.attempts !== undefined && !life.isDead) this.#world.accepted.add(claim.messageId);
      expectLate(claim, late);
    };
    client.on(Events.MessageCreate, (message) => void listener.run(message).catch(onError));
    client.on('preMessageParsed', (message: Message) => void conversation.chat(message).catch(onError));
  }

  // The network, as far as the proxy does not know which statement goes through it.
  #interfere(database: Database): void {
    const query = database.query.bind(database);
    database.query = async <Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> => {
      if (this.isStarved && sql.includes('heartbeat')) return never;
      const rows = await query<Row>(sql, parameters);
      const isLost = this.lostStatement !== undefined && sql.includes(this.lostStatement);
      if (!isLost || (rows.length === 0 && sql.includes('sweep'))) return rows;
      this.lostStatement = undefined;
      this.#world.history.cuts += 1;
      this.#world.trace.add(this.name, `loses the answer to: ${sql}`);
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    };
  }

  #environment(proxy: FaultProxy): KernelEnvironment {
    return kernelEnvironment.parse({
      ...this.#world.test.environment,
      ...{ DISCORD_TOKEN: 'model', DATA_DIR: this.#folder, DB_HOST: proxy.host, DB_PORT: String(proxy.port) },
      ...{ DB_QUERY_TIMEOUT: '250', DB_CONNECTION_TIMEOUT: '500', DB_MAX_CONNECTIONS: '4' },
    });
  }

  // Nothing of it is seen any more; only its timers and handles have to go.
  async #dissolve(life: Life): Promise<void> {
    await life.starting;
    await life.turns?.leave(0);
    await life.turns?.stop();
    await life.database?.close();
  }
}

async function keptAnswers(database: Database): Promise<string[]> {
  const { entries } = await database.journal.read(undefined, 1_000);
  return entries.filter(({ kind }) => kind === 'answer').map(({ body }) => (body as KeptAnswer).turn.id);
}
