import { type APIMessage, type APIStickerItem, type APIUser, type MessageType, StickerFormatType } from 'discord.js';
import type { AttachedFile } from './AttachmentStore.ts';
import type { Channel } from './Channel.ts';
import { Inbox } from './Inbox.ts';
import { findButton } from './interactions/findButton.ts';
import { NotPressableError } from './interactions/NotPressableError.ts';
import type { Press } from './interactions/Press.ts';
import { mentionsOf } from './mentions.ts';
import { isEphemeral } from './messageFlags.ts';
import { replyTo } from './replyTo.ts';
import { compareSnowflakes } from './Snowflakes.ts';
import type { World } from './World.ts';
import { whenSeen } from './whenSeen.ts';

/** What a message of a person may have besides text. */
export interface SayOptions {
  attachments?: readonly AttachedFile[];
  /** The names of stickers. */
  stickers?: readonly string[];
  type?: MessageType;
  /** A snowflake of one's own, to say something in the past or the same message twice. */
  id?: string;
  /** Mark the author as a bot. */
  asBot?: boolean;
  /** The id of the message that this one answers. */
  replyTo?: string;
}

const PATIENCE_MS = 10_000;

/** A person who writes to the bot, driven by a test or by the playground's page. */
export class SimulatedUser {
  readonly data: APIUser;
  /** The bot's messages that no `hears()` has taken yet. */
  readonly inbox: Inbox;
  /** When true the bot's sends fail with 403 and 50007. */
  blocksBot = false;
  readonly #world: World;
  readonly #channel: Channel;
  readonly #stopping = new AbortController();
  #guildInbox: Inbox | undefined;

  constructor(world: World, data: APIUser, channel: Channel) {
    this.#world = world;
    this.#channel = channel;
    this.data = data;
    this.inbox = new Inbox(data.username);
  }

  get id(): string {
    return this.data.id;
  }

  get username(): string {
    return this.data.username;
  }

  get channelId(): string {
    return this.#channel.id;
  }

  /** The whole direct message, both sides, oldest first. */
  get messages(): readonly APIMessage[] {
    return this.#channel.history.all;
  }

  /** The bot's part of the direct message. */
  get heard(): readonly APIMessage[] {
    return this.messages.filter((message) => message.author.id === this.#world.bot.id);
  }

  /** What the bot said in the guild since this user first spoke there; nobody's before that. */
  get guildInbox(): Inbox | undefined {
    return this.#guildInbox;
  }

  says(content: string, options: SayOptions = {}): APIMessage {
    return this.#say(this.#channel, content, options);
  }

  /** Speaks in the guild's channel, to the bot unless told otherwise. */
  saysInGuild(content: string, { mention = true, ...options }: SayOptions & { mention?: boolean } = {}): APIMessage {
    this.#guildInbox ??= new Inbox(`${this.username} (in the guild)`);
    const addressed = mention ? `<@${this.#world.bot.id}> ${content}` : content;
    return this.#say(this.#world.guild.channel, addressed, options);
  }

  /**
   * Presses a button of a message (or of the one with that id), found by its custom id, label or emoji.
   * @throws NotPressableError when there is no such button, or when it is disabled
   */
  presses(message: APIMessage | string, button: string): Press {
    const id = typeof message === 'string' ? message : message.id;
    const { channel, message: current } = this.#visible(id);
    if (channel.guildId !== undefined) this.#guildInbox ??= new Inbox(`${this.username} (in the guild)`);
    const { custom_id: customId } = findButton(current, button);
    return this.#world.press({ user: this.data, channel, message: current, customId });
  }

  /** The first message of the direct message that matches, as it is now or as an edit will make it; rejects after the time-out. */
  sees(matches: (message: APIMessage) => boolean, timeoutMs = PATIENCE_MS): Promise<APIMessage> {
    const { signal } = this.#stopping;
    return whenSeen(this.#world, { channel: this.#channel, matches, timeoutMs, signal, owner: this.username });
  }

  /** The bot is told of a message that this user sent once more, as Discord may do after a mishap. */
  repeats(messageId: string): void {
    const { channel, message } = this.#own(messageId);
    this.#world.emit('message', message, channel);
  }

  /** Changes a message that this user sent earlier. */
  edits(messageId: string, content: string): APIMessage {
    const { channel, message } = this.#own(messageId);
    const mentions = this.#mentions(channel, content, message.referenced_message?.author);
    return this.#world.edit(channel, message, { content, ...mentions });
  }

  /** Deletes a message that this user sent earlier. */
  deletes(messageId: string): void {
    this.#world.remove(this.#own(messageId).channel, messageId);
  }

  /** The bot's next message to this user that no earlier `hears()` took and that matches; rejects after the time-out. */
  hears(matching: (message: APIMessage) => boolean = () => true, timeoutMs = PATIENCE_MS): Promise<APIMessage> {
    return this.inbox.next(matching, timeoutMs);
  }

  /** The same for what the bot says in the guild; speak there first. */
  hearsInGuild(matching: (message: APIMessage) => boolean = () => true, timeoutMs = PATIENCE_MS): Promise<APIMessage> {
    this.#guildInbox ??= new Inbox(`${this.username} (in the guild)`);
    return this.#guildInbox.next(matching, timeoutMs);
  }

  /** Says something and waits for the first thing that the bot says after it. */
  asks(content: string): Promise<APIMessage> {
    const question = this.says(content);
    return this.hears((message) => compareSnowflakes(message.id, question.id) > 0);
  }

  /** Rejects every `hears()` and `sees()` that is still waiting. */
  stopListening(): void {
    this.#stopping.abort();
    this.inbox.close();
    this.#guildInbox?.close();
  }

  #say(channel: Channel, content: string, options: SayOptions): APIMessage {
    const { attachments, stickers, type, id, asBot } = options;
    const reply = options.replyTo === undefined ? undefined : replyTo(channel, options.replyTo);
    return this.#world.post(channel, {
      author: asBot ? { ...this.data, bot: true } : this.data,
      content,
      ...this.#mentions(channel, content, reply?.referenced_message?.author),
      ...(id === undefined ? {} : { id }),
      ...reply,
      ...(type === undefined ? {} : { type }),
      attachments: (attachments ?? []).map((file) => this.#world.attachments.add(channel.id, file)),
      ...(stickers === undefined ? {} : { sticker_items: stickers.map((name) => this.#sticker(name)) }),
    });
  }

  #sticker(name: string): APIStickerItem {
    return { id: this.#world.snowflakes.next(), name, format_type: StickerFormatType.PNG };
  }

  #mentions(channel: Channel, content: string, repliedTo?: APIUser) {
    const findUser = (id: string) => this.#world.findUser(id);
    return mentionsOf({ content, inGuild: channel.guildId !== undefined, repliedTo, findUser });
  }

  #visible(messageId: string): { channel: Channel; message: APIMessage } {
    for (const channel of [this.#channel, this.#world.guild.channel]) {
      const message = channel.history.get(messageId);
      const foreign = message && isEphemeral(message) && message.interaction_metadata?.user.id !== this.id;
      if (message && !foreign) return { channel, message };
    }
    throw new NotPressableError(`${this.username} sees no message with the id ${messageId}.`);
  }

  #own(messageId: string): { channel: Channel; message: APIMessage } {
    for (const channel of [this.#channel, this.#world.guild.channel]) {
      const message = channel.history.get(messageId);
      if (message?.author.id === this.id) return { channel, message };
    }
    throw new Error(`${this.username} has sent no message with the id ${messageId}.`);
  }
}
