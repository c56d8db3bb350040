import { EventEmitter } from 'node:events';
import type { APIMessage, APIUser } from 'discord.js';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import { Faults } from './Faults.ts';
import type { Guild } from './Guild.ts';
import { Gateway } from './gateway/Gateway.ts';
import type { RecordedRequest } from './RecordedRequest.ts';
import { createRestServer } from './rest/createRestServer.ts';
import { RateLimits } from './rest/RateLimits.ts';
import type { SimulatedUser } from './SimulatedUser.ts';
import { World } from './World.ts';

/** How the simulator is started; every option has a default. */
export interface SimulatorOptions {
  /** default 0: any free one */
  port?: number;
  /** The one bot token that is accepted; default `playground`. */
  token?: string;
  /** Answer 429 above Discord's limits; default false: the headers say that there is room. */
  enforceRateLimits?: boolean;
  /** In milliseconds; default 41,250, as on Discord. */
  heartbeatInterval?: number;
  /** How long the bot may take to answer the press of a button, in milliseconds; default 3,000, as on Discord. */
  interactionPatience?: number;
}

/** What the simulator tells, for tests that wait and for the playground's page. */
export interface SimulatorEvents {
  message: [APIMessage];
  messageUpdate: [APIMessage];
  messageDelete: [{ id: string; channel_id: string }];
  typing: [{ channelId: string; at: number }];
  request: [RecordedRequest];
  ready: [];
  resumed: [];
  disconnected: [code: number];
}

const MAX_REQUESTS = 1_000;

/** A Discord on the loopback interface that a real bot logs in to, with people in it who write to the bot. */
export class DiscordSimulator extends EventEmitter<SimulatorEvents> {
  readonly token: string;
  readonly gateway: Gateway;
  readonly faults = new Faults();
  readonly #world = new World();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  readonly #rest: FastifyInstance;
  readonly #stopping = new AbortController();
  readonly #requests: RecordedRequest[] = [];

  private constructor({
    token = 'playground',
    enforceRateLimits = false,
    heartbeatInterval = 41_250,
    interactionPatience,
  }: SimulatorOptions) {
    super();
    if (interactionPatience !== undefined) this.#world.presses.patienceMs = interactionPatience;
    this.token = token;
    this.gateway = new Gateway({ world: this.#world, faults: this.faults, token, heartbeatInterval });
    this.#rest = createRestServer({
      world: this.#world,
      faults: this.faults,
      limits: new RateLimits(enforceRateLimits),
      token,
      gatewayUrl: () => this.gateway.url,
      record: (request) => this.#record(request),
      stopping: this.#stopping.signal,
    });
    this.#forwardEvents();
  }

  static async start(options: SimulatorOptions = {}): Promise<DiscordSimulator> {
    const simulator = new DiscordSimulator(options);
    await simulator.#listen(options.port ?? 0);
    return simulator;
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return this.#world.attachments.origin;
  }

  /** The base of the REST API, what `DISCORD_API_URL` wants. */
  get apiUrl(): string {
    return `${this.url}/api`;
  }

  get bot(): APIUser {
    return this.#world.bot;
  }

  get guild(): Guild {
    return this.#world.guild;
  }

  get users(): readonly SimulatedUser[] {
    return [...this.#world.users.values()];
  }

  /** The last 1,000 REST requests of the bot, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return [...this.#requests];
  }

  /** Brings a person into the world; throws when the id is taken. */
  addUser(user: { id?: string; username: string; globalName?: string }): SimulatedUser {
    return this.#world.addUser(user);
  }

  user(id: string): SimulatedUser | undefined {
    return this.#world.users.get(id);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.gateway.stop();
    this.#sockets.close();
    this.#world.presses.stop();
    for (const user of this.users) user.stopListening();
    await this.#rest.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(port: number): Promise<void> {
    this.#rest.server.on('upgrade', (request, socket, head) => {
      const [path = '', query] = (request.url ?? '').split('?');
      if (/^\/gateway\/?$/.test(path)) {
        const version = new URLSearchParams(query).get('v');
        this.#sockets.handleUpgrade(request, socket, head, (opened) => this.gateway.accept(opened, version));
        return;
      }
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    });
    const url = await this.#rest.listen({ host: '127.0.0.1', port });
    this.#world.attachments.origin = url;
    this.gateway.url = `${url.replace('http:', 'ws:')}/gateway`;
  }

  #forwardEvents(): void {
    const world = this.#world;
    world.on('message', (message) => this.emit('message', message));
    world.on('messageUpdate', (message) => this.emit('messageUpdate', message));
    world.on('messageDelete', (id, channel) => this.emit('messageDelete', { id, channel_id: channel.id }));
    world.on('typing', (channel) => this.emit('typing', { channelId: channel.id, at: Date.now() }));
    this.gateway.on('ready', () => this.emit('ready'));
    this.gateway.on('resumed', () => this.emit('resumed'));
    this.gateway.on('disconnected', (code) => this.emit('disconnected', code));
  }

  #record(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > MAX_REQUESTS) this.#requests.shift();
    this.emit('request', request);
  }
}
