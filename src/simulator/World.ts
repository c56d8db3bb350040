import { EventEmitter } from 'node:events';
import { type APIMessage, type APIUser, type MessageFlags, MessageType } from 'discord.js';
import { AttachmentStore } from './AttachmentStore.ts';
import { Channel } from './Channel.ts';
import { Guild } from './Guild.ts';
import type { Press } from './interactions/Press.ts';
import { Presses } from './interactions/Presses.ts';
import { isEphemeral, isLoading } from './messageFlags.ts';
import { NonceMemory } from './NonceMemory.ts';
import { SimulatedUser } from './SimulatedUser.ts';
import { Snowflakes, timeOfSnowflake } from './Snowflakes.ts';

/** What happens in the world; the gateway turns it into dispatches, the simulator into its own events. */
export interface WorldEvents {
  message: [message: APIMessage, channel: Channel];
  messageUpdate: [message: APIMessage, channel: Channel];
  messageDelete: [id: string, channel: Channel];
  typing: [channel: Channel];
  press: [press: Press];
}

/** A new message: who writes what where; everything else has a default. */
export type NewMessage = Partial<APIMessage> & Pick<APIMessage, 'author' | 'content'>;

/** Everything that the simulated Discord knows: its people, channels and files. */
export class World extends EventEmitter<WorldEvents> {
  readonly snowflakes = new Snowflakes();
  readonly attachments = new AttachmentStore(this.snowflakes);
  readonly nonces = new NonceMemory<APIMessage>();
  readonly presses = new Presses();
  readonly users = new Map<string, SimulatedUser>();
  readonly channels = new Map<string, Channel>();
  readonly bot: APIUser = { ...profile('1000000000000000001', 'steward', 'Steward'), bot: true };
  readonly guild = new Guild(profile('1000000000000000002', 'owner', null));

  constructor() {
    super();
    // As many people may wait for something at a time as there are.
    this.setMaxListeners(0);
    this.channels.set(this.guild.channel.id, this.guild.channel);
  }

  addUser(user: { id?: string; username: string; globalName?: string }): SimulatedUser {
    const id = user.id ?? this.snowflakes.next();
    if (this.users.has(id) || id === this.bot.id) throw new Error(`There is already a user with the id ${id}.`);
    const data = profile(id, user.username, user.globalName ?? null);
    const channel = Channel.withUser(data);
    const added = new SimulatedUser(this, data, channel);
    this.channels.set(channel.id, channel);
    this.users.set(id, added);
    return added;
  }

  findUser(id: string): APIUser | undefined {
    return id === this.bot.id ? this.bot : this.users.get(id)?.data;
  }

  post(channel: Channel, fields: NewMessage): APIMessage {
    const id = fields.id ?? this.snowflakes.next();
    const message: APIMessage = {
      timestamp: new Date(timeOfSnowflake(id)).toISOString(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      pinned: false,
      type: MessageType.Default,
      flags: 0 as MessageFlags,
      ...fields,
      id,
      channel_id: channel.id,
    };
    channel.history.put(message);
    this.#deliver(message, channel);
    this.emit('message', message, channel);
    return message;
  }

  edit(channel: Channel, message: APIMessage, changes: Partial<APIMessage>): APIMessage {
    const edited = { ...message, edited_timestamp: new Date().toISOString(), ...changes };
    channel.history.put(edited);
    if (isLoading(message)) this.#deliver(edited, channel);
    this.emit('messageUpdate', edited, channel);
    return edited;
  }

  remove(channel: Channel, id: string): void {
    if (channel.history.remove(id)) this.emit('messageDelete', id, channel);
  }

  /** Tells the bot that somebody pressed a button. */
  press(details: Pick<Press, 'user' | 'channel' | 'message' | 'customId'>): Press {
    const press = this.presses.make({ ...details, id: this.snowflakes.next() });
    this.emit('press', press);
    return press;
  }

  /** A promised answer is heard when it comes. */
  #deliver(message: APIMessage, channel: Channel): void {
    if (message.author.id !== this.bot.id || isLoading(message)) return;
    const only = isEphemeral(message) ? message.interaction_metadata?.user.id : undefined;
    if (channel.recipientId !== undefined) this.users.get(channel.recipientId)?.inbox.deliver(message);
    else {
      for (const user of this.users.values()) if (user.id === (only ?? user.id)) user.guildInbox?.deliver(message);
    }
  }
}

function profile(id: string, username: string, globalName: string | null): APIUser {
  return { id, username, global_name: globalName, discriminator: '0', avatar: null };
}
