import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { StandInWorkflow } from '../StandInWorkflow.ts';
import { EventFeed } from './EventFeed.ts';
import { fileRoute } from './fileRoute.ts';
import { forwardEvents } from './forwardEvents.ts';
import { guard } from './guard.ts';
import { pageFiles } from './pageFiles.ts';
import { pressRoute } from './pressRoute.ts';
import { sayRoute } from './sayRoute.ts';
import { snapshot } from './snapshot.ts';

type Options = {
  discord: DiscordSimulator;
  workflow: StandInWorkflow | undefined;
  adminIds?: readonly string[];
  port?: number | undefined;
};

/** The page's own little server: shows the simulated users' conversations with the bot, and lets a person write in their names. */
export class Playground {
  readonly #server: FastifyInstance;
  readonly #feed: EventFeed;
  readonly #unsubscribe: () => void;

  private constructor(server: FastifyInstance, feed: EventFeed, unsubscribe: () => void) {
    this.#server = server;
    this.#feed = feed;
    this.#unsubscribe = unsubscribe;
  }

  /** Starts it on 127.0.0.1, on the preferred port (3080) or, when that is taken, on a free one. */
  static async start({ discord, workflow, adminIds = [], port = 3080 }: Options): Promise<Playground> {
    const server = Fastify({ requestTimeout: 30_000, forceCloseConnections: true, bodyLimit: 12 * 1024 * 1024 });
    const feed = new EventFeed();
    const state = () => snapshot(discord, workflow, adminIds);
    guard(server, () => portOf(server));
    await pageFiles(server);
    server.get('/state', state);
    server.get('/events', (_request, reply) => feed.open(reply, { event: 'state', data: state() }));
    sayRoute(server, discord);
    pressRoute(server, discord);
    fileRoute(server, discord);
    await listen(server, port);
    return new Playground(server, feed, forwardEvents(discord, workflow, feed));
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
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
