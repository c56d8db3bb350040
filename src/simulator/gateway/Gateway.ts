import { EventEmitter } from 'node:events';
import { type APIMessage, GatewayCloseCodes, GatewayDispatchEvents, GatewayIntentBits } from 'discord.js';
import type { WebSocket } from 'ws';
import type { Channel } from '../Channel.ts';
import type { Faults } from '../Faults.ts';
import { isEphemeral } from '../messageFlags.ts';
import type { World } from '../World.ts';
import { Connection, type ConnectionHost } from './Connection.ts';
import { control } from './control.ts';
import { asSeenWith } from './intents.ts';
import { interactionEvent } from './interactionEvent.ts';
import { Logins } from './Logins.ts';
import { messageEvent } from './messageEvent.ts';
import { readyData } from './readyData.ts';
import type { Event, Session } from './Session.ts';
import { Sessions } from './Sessions.ts';

/** What the gateway is told when it is made. */
export interface GatewayOptions {
  world: World;
  faults: Faults;
  token: string;
  /** In milliseconds; a client that stays silent for twice as long is closed with 4009. */
  heartbeatInterval: number;
}

const SPOKEN_VERSIONS = ['9', '10'];

/** The simulated gateway: who is logged in, what each one gets to see, and every way of losing the connection. */
export class Gateway extends EventEmitter<{ ready: []; resumed: []; disconnected: [code: number] }> {
  /** The address that clients come (back) to; known once the server listens. */
  url = '';
  readonly #world: World;
  readonly #faults: Faults;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Sessions();
  readonly #host: ConnectionHost;
  #frozen = false;

  constructor({ world, faults, token, heartbeatInterval }: GatewayOptions) {
    super();
    this.#world = world;
    this.#faults = faults;
    const logins = new Logins({ token, faults, sessions: this.#sessions });
    this.#host = {
      heartbeatInterval,
      isFrozen: () => this.#frozen,
      identify: (connection, data) => this.#welcome(logins.identify(connection, data)),
      resume: (connection, data) => this.#welcomeBack(logins.resume(connection, data)),
      closed: (connection, code) => this.#closed(connection, code),
    };
    this.#listen();
  }

  /** Whether somebody is logged in and connected. */
  get live(): boolean {
    return this.sessions > 0;
  }

  /** How many sessions are logged in and connected. */
  get sessions(): number {
    return this.#sessions.connected;
  }

  /** Takes over a WebSocket that has just been opened; `version` is what its address asks for as `v`. */
  accept(socket: WebSocket, version: string | null): void {
    if (version !== null && !SPOKEN_VERSIONS.includes(version)) {
      socket.on('error', () => socket.terminate());
      socket.close(GatewayCloseCodes.InvalidAPIVersion, 'Invalid API version.');
      return;
    }
    this.#connections.add(new Connection(socket, this.#host));
  }

  /** Cuts all connections: with a close code, or (default, and 1006) without a word, so that the client resumes. */
  drop(code = 1006): void {
    for (const connection of this.#connections) {
      if (code === 1006) connection.terminate();
      else connection.close(code);
    }
  }

  /** Asks all clients to reconnect and resume (opcode 7). */
  reconnect(): void {
    for (const connection of this.#connections) connection.send(control.reconnect());
  }

  /** Declares all sessions invalid (opcode 9): the client resumes if it may, or logs in anew. */
  invalidate(resumable: boolean): void {
    for (const session of this.#sessions) {
      const { connection } = session;
      session.detach();
      if (!resumable) this.#sessions.end(session.id);
      connection?.send(control.invalidSession(resumable));
    }
  }

  /**
   * Falls silent, as a dead network does: no heartbeat is answered, nothing is sent, no connection is closed. A deaf one
   * reads nothing either, so that even a client that closes its connection waits for the answer.
   */
  freeze({ deaf = false } = {}): void {
    this.#frozen = true;
    if (deaf) for (const connection of this.#connections) connection.pause();
  }

  /** Speaks again; what piled up is sent first. */
  thaw(): void {
    this.#frozen = false;
    for (const connection of this.#connections) {
      connection.resume();
      connection.flush();
    }
  }

  stop(): void {
    this.drop();
    this.#sessions.clear();
  }

  #listen(): void {
    const { MessageCreate, MessageUpdate, MessageDelete, InteractionCreate } = GatewayDispatchEvents;
    this.#world.on('message', (message, channel) => this.#tell(MessageCreate, message, channel));
    this.#world.on('messageUpdate', (message, channel) => this.#tell(MessageUpdate, message, channel));
    this.#world.on('messageDelete', (id, channel) => {
      const guild = channel.guildId === undefined ? {} : { guild_id: channel.guildId };
      this.#publish(channel.guildId, () => ({ t: MessageDelete, d: { id, channel_id: channel.id, ...guild } }));
    });
    this.#world.on('press', (press) => {
      const { bot, guild } = this.#world;
      // No intent is needed for it, and a channel that the bot may not see is none of its conditions either.
      this.#send(press.channel.guildId, 0, () => ({ t: InteractionCreate, d: interactionEvent(press, bot.id, guild) }));
    });
  }

  #welcome(session: Session | undefined): void {
    if (!session) return;
    const { guild, bot } = this.#world;
    const inGuild = session.covers(guild.id) && !guild.hidden;
    const guildIds = inGuild ? [guild.id] : [];
    session.dispatch({ t: GatewayDispatchEvents.Ready, d: readyData(session, this.url, bot, guildIds) });
    if (inGuild && session.intents & GatewayIntentBits.Guilds) {
      session.dispatch({ t: GatewayDispatchEvents.GuildCreate, d: guild.toGatewayJSON(bot) });
    }
    this.emit('ready');
  }

  #welcomeBack(session: Session | undefined): void {
    if (!session) return;
    session.dispatch({ t: GatewayDispatchEvents.Resumed, d: null } as unknown as Event);
    this.emit('resumed');
  }

  #closed(connection: Connection, code: number): void {
    this.#connections.delete(connection);
    const { session } = connection;
    if (!session) return;
    session.detach();
    // https://discord.com/developers/docs/events/gateway#initiating-a-disconnect
    if (code === 1000 || code === 1001 || code === GatewayCloseCodes.SessionTimedOut) this.#sessions.end(session.id);
    this.emit('disconnected', code);
  }

  #tell(
    t: GatewayDispatchEvents.MessageCreate | GatewayDispatchEvents.MessageUpdate,
    message: APIMessage,
    channel: Channel,
  ): void {
    const { bot, guild } = this.#world;
    // https://discord.com/developers/docs/events/gateway-events#message-create: ephemeral messages belong to no guild.
    const guildId = isEphemeral(message) ? undefined : channel.guildId;
    this.#publish(guildId, ({ intents }) => {
      const seen = guildId === undefined ? message : asSeenWith(intents, message, bot.id);
      return { t, d: messageEvent(seen, channel, guild) } as Event;
    });
  }

  #publish(guildId: string | undefined, eventFor: (session: Session) => Event): void {
    if (guildId !== undefined && this.#world.guild.hidden) return;
    const { DirectMessages, GuildMessages } = GatewayIntentBits;
    this.#send(guildId, guildId === undefined ? DirectMessages : GuildMessages, eventFor);
  }

  #send(guildId: string | undefined, needed: number, eventFor: (session: Session) => Event): void {
    const times = this.#faults.takeDuplicate() ? 2 : 1;
    for (const session of this.#sessions) {
      if ((session.intents & needed) !== needed || !session.covers(guildId)) continue;
      for (let time = 0; time < times; time += 1) session.dispatch(eventFor(session));
    }
  }
}
