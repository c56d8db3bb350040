import { setTimeout as pause } from 'node:timers/promises';
import {
  ChannelType,
  type Client,
  DiscordAPIError,
  type Message,
  RequestMethod,
  Routes,
  type TextBasedChannel,
} from 'discord.js';
import { seconds } from '../time.ts';

/** Milliseconds between two requests: Discord allows the bot 50 a second, and live turns come first. */
const interval = seconds(1) / 10;
/** Messages that Discord gives at a time. */
const pageSize = 100;

/** Reads what was said in channels while nobody listened, a few requests a second at most. */
export class DirectMessages {
  readonly #client: Client;
  #nextSlot = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** All messages of a channel from one on, oldest first; none where the bot cannot read. */
  async *allFrom(channelId: string, userId: string, messageId: string): AsyncGenerator<Message> {
    for (let next = messageId; ; ) {
      const page = await this.#page(channelId, userId, next);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      next = String(BigInt(last.id) + 1n);
    }
  }

  /** The time by the clock that gives messages their ids, Discord's; milliseconds since 1970. NaN when Discord does not tell. */
  async now(): Promise<number> {
    await this.#slot();
    const request = { method: RequestMethod.Get, fullRoute: Routes.gatewayBot() };
    const response = await this.#client.rest.queueRequest(request);
    await response.arrayBuffer();
    return Date.parse(response.headers.get('date') ?? '');
  }

  // https://discord.com/developers/docs/resources/message#get-channel-messages
  async #page(channelId: string, userId: string, messageId: string): Promise<Message[]> {
    await this.#slot();
    try {
      const after = String(BigInt(messageId) - 1n);
      const page = await this.#channel(channelId, userId).messages.fetch({ after, limit: pageSize, cache: false });
      return [...page.values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    } catch (error) {
      if (error instanceof DiscordAPIError && (error.status === 403 || error.status === 404)) return [];
      throw error;
    }
  }

  /** Whether a channel is known to belong to a guild. */
  isInGuild(channelId: string): boolean {
    const channel = this.#client.channels.cache.get(channelId);
    return channel !== undefined && !channel.isDMBased();
  }

  // A direct-message channel is known by its id and its person: asking Discord for it would cost a request.
  #channel(channelId: string, userId: string): TextBasedChannel {
    const { channels } = this.#client;
    const channel =
      channels.cache.get(channelId) ??
      (channels as unknown as { _add(data: object): TextBasedChannel })._add({
        id: channelId,
        type: ChannelType.DM,
        recipients: [{ id: userId }],
      });
    if (!channel.isTextBased()) throw new TypeError('The channel holds no messages.');
    return channel;
  }

  async #slot(): Promise<void> {
    const { rest } = this.#client;
    // By the monotonic clock, which a change of the machine's time does not move.
    const now = performance.now();
    const untilReset = rest.globalReset - Date.now();
    const isShort = untilReset > 0 && rest.globalRemaining <= rest.options.globalRequestsPerSecond / 2;
    const slot = Math.max(now, this.#nextSlot, isShort ? now + untilReset : 0);
    this.#nextSlot = slot + interval;
    await pause(slot - now);
  }
}
