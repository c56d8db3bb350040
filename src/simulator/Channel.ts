import { type APIDMChannel, type APITextChannel, type APIUser, type ChannelFlags, ChannelType } from 'discord.js';
import { MessageHistory } from './MessageHistory.ts';

/** A channel that the bot can be written to in, with what was said there. */
export class Channel {
  readonly history = new MessageHistory();
  readonly #data: APIDMChannel | APITextChannel;

  constructor(data: APIDMChannel | APITextChannel) {
    this.#data = data;
  }

  /** The direct-message channel of a user. Its id follows from the user's, so that it survives a restart as on Discord. */
  static withUser(user: APIUser): Channel {
    // Far from the ids of other people, so that the two are never taken for one another.
    const id = String(BigInt(user.id) + 1_000_000_000_000n);
    return new Channel({
      id,
      type: ChannelType.DM,
      recipients: [user],
      name: null,
      flags: 0 as ChannelFlags,
      last_message_id: null,
    });
  }

  get id(): string {
    return this.#data.id;
  }

  get type(): ChannelType.DM | ChannelType.GuildText {
    return this.#data.type;
  }

  get guildId(): string | undefined {
    return this.#data.type === ChannelType.GuildText ? this.#data.guild_id : undefined;
  }

  /** The person at the other end of a direct message. */
  get recipientId(): string | undefined {
    return this.#data.type === ChannelType.DM ? this.#data.recipients?.[0]?.id : undefined;
  }

  toJSON(): APIDMChannel | APITextChannel {
    return { ...this.#data, last_message_id: this.history.newest?.id ?? null };
  }
}
