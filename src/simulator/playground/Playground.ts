import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { DatabaseSwitch } from '../DatabaseSwitch.ts';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { MovableTime } from '../MovableTime.ts';
import type { StandInWorkflow } from '../StandInWorkflow.ts';
import { clockRoute } from './clockRoute.ts';
import { EventFeed } from './EventFeed.ts';
import { fileRoute } from './fileRoute.ts';
import { forwardEvents } from './forwardEvents.ts';
import { guard } from './guard.ts';
import type { Insight } from './Insight.ts';
import { inspectRoute } from './inspectRoute.ts';
import { pageFiles } from './pageFiles.ts';
import { pressRoute } from './pressRoute.ts';
import { SituationWatch } from './SituationWatch.ts';
import { sayRoute } from './sayRoute.ts';
import { snapshot } from './snapshot.ts';
import { Trouble } from './Trouble.ts';
import { TurnLog } from './TurnLog.ts';
import { troubleRoutes } from './troubleRoutes.ts';

type Options = {
  discord: DiscordSimulator;
  workflow: StandInWorkflow | undefined;
  adminIds?: readonly string[];
  port?: number | undefined;
  /** Switches the bot's database off and on. */
  database?: DatabaseSwitch | undefined;
  /** Whether that database lives in this process, and so in its time. */
  isEmbedded?: boolean | undefined;
  time?: MovableTime | undefined;
  insight?: Insight | undefined;
};

/** The page's own little server: shows the simulated users' conversations with the bot, and lets a person write in their names. */
export class Playground {
  readonly #server: FastifyInstance;
  readonly #feed: EventFeed;
  readonly #undo: readonly (() => void)[];

  private constructor(server: FastifyInstance, feed: EventFeed, undo: readonly (() => void)[]) {
    this.#server = server;
    this.#feed = feed;
    this.#undo = undo;
  }

  /** Starts it on 127.0.0.1, on the preferred port (3080) or, when that is taken, on a free one. */
  static async start({ port = 3080, ...options }: Options): Promise<Playground> {
    const { discord, workflow, adminIds = [], database, isEmbedded = false, time, insight } = options;
    const server = Fastify({ requestTimeout: 30_000, forceCloseConnections: true, bodyLimit: 12 * 1024 * 1024 });
    const feed = new EventFeed();
    const turns = new TurnLog();
    const trouble = new Trouble({ discord, workflow, database });
    const watch = new SituationWatch({ trouble, insight, time, isEmbedded }, feed);
    const state = () => snapshot({ discord, workflow, adminIds, turns, situation: watch.now });
    const tell = () => watch.tell();
    guard(server, () => portOf(server));
    await pageFiles(server);
    server.get('/state', state);
    server.get('/events', (_request, reply) => feed.open(reply, { event: 'state', data: state() }));
    sayRoute(server, discord);
    pressRoute(server, discord);
    fileRoute(server, discord);
    troubleRoutes(server, { trouble, insight, tell });
    clockRoute(server, { time, insight, tell });
    inspectRoute(server, discord, insight);
    await listen(server, port);
    const unsubscribe = insight?.onStage((stage) => feed.send('turn', turns.add(stage)));
    return new Playground(server, feed, [
      forwardEvents(discord, workflow, feed),
      () => watch.stop(),
      ...(unsubscribe ? [unsubscribe] : []),
    ]);
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo) undo();
    this.#feed.close();
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function portOf(server: FastifyInstance): number {
  return (server.server.address() as AddressInfo).port;
}

async function listen(server: FastifyInstance, port: number): Promise<void> {
  try {
    await server.listen({ host: '127.0.0.1', port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await server.listen({ host: '127.0.0.1', port: 0 });
  }
}
