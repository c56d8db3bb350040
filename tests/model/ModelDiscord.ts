import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, Collection, type Message, MessageFlagsBitField, MessageType, SnowflakeUtil } from 'discord.js';
import { minutes } from './fastTime.ts';
import type { Trace } from './Trace.ts';

/** A message as the model's Discord keeps it. */
export interface Kept {
  readonly id: string;
  readonly channelId: string;
  readonly authorId: string;
  content: string;
  /** Of what the bot said: whether it is still being written. */
  flags?: number;
  editedAt?: number;
  readonly at: number;
  /** Of a message of the bot. */
  readonly nonce?: string;
  /** The message that it is a reply to. */
  readonly question?: string;
  isDeleted: boolean;
}

/**
 * What becomes of the next request that posts a message: taken, but its answer gets lost; lost before it is taken; whoever
 * sent it crashes just before or just after it is taken, or loses the database then; nothing.
 */
export const restFaults = ['none', 'answerLost', 'requestLost', 'crashBefore', 'crashAfter', 'breakAfter'] as const;
export type RestFault = (typeof restFaults)[number];

const botId = '1';
const never = new Promise<never>(() => undefined);

interface Posting {
  readonly content?: string;
  readonly flags?: number | readonly [];
  readonly nonce: string;
  readonly reply?: { readonly messageReference: string };
}

const isSet = (flags: Posting['flags']): boolean => Number(flags ?? 0) !== 0;

/** A Discord in memory: direct-message channels, their history, and nonces that are honoured for two minutes. */
export class ModelDiscord {
  /** How often its answer takes how long, in milliseconds. */
  latency = (): number => 1;
  readonly messages: Kept[] = [];
  readonly faults: RestFault[] = [];
  /** Is told when a fault befell somebody's request. */
  onFault: (fault: RestFault, who: string) => void = () => undefined;
  readonly #nonces = new Map<string, Kept>();
  readonly #trace: Trace;
  readonly #now: () => number;
  /** Messages whose answer got lost and that whoever sent them sends again; requests under way. */
  readonly #unsettled = new Map<string, { isDead: boolean }>();
  #lastId = 0n;

  constructor(now: () => number, trace: Trace) {
    this.#now = now;
    this.#trace = trace;
  }

  /** A person writes. */
  write(authorId: string, content: string): Kept {
    return this.#keep({ channelId: `9${authorId}`, authorId, content });
  }

  delete(message: Kept): void {
    message.isDeleted = true;
  }

  /** What the bot said in answer to a message and still stands there. */
  answersTo(id: string): Kept[] {
    return this.messages.filter(({ nonce, isDeleted }) => nonce?.startsWith(`${id}-`) && !isDeleted);
  }

  /** The same without what is still being written. */
  finishedAnswersTo(id: string): Kept[] {
    return this.answersTo(id).filter(({ flags }) => !flags);
  }

  /** Nothing is on its way: only then may minutes pass. */
  get isSettled(): boolean {
    for (const [key, { isDead }] of this.#unsettled) if (isDead) this.#unsettled.delete(key);
    return this.#unsettled.size === 0;
  }

  /** Forgets the nonces that are older than the bot counts on. */
  forgetNonces(): void {
    for (const [nonce, { at }] of this.#nonces) if (at < this.#now() - minutes(2)) this.#nonces.delete(nonce);
  }

  /** What one running bot sees of it; a dead one's requests never end, and change nothing. */
  connect(who: string, life: { isDead: boolean }): Client {
    const channels = new Map<string, unknown>();
    const client = Object.assign(new EventEmitter(), {
      user: { id: botId },
      users: { cache: new Map() },
      options: { defaultPrefix: '!' },
      rest: {
        ...{ globalReset: 0, globalRemaining: 50, options: { globalRequestsPerSecond: 50 } },
        ...{ hashes: new Map(), handlers: new Map() },
        queueRequest: async () => new Response(null, { headers: { date: new Date(this.#now()).toUTCString() } }),
      },
    });
    const open = (id: string): unknown => {
      const channel = channels.get(id) ?? this.#channel(id, client as unknown as Client, who, life);
      channels.set(id, channel);
      return channel;
    };
    const known = { get: (id: string) => channels.get(id), delete: (id: string) => channels.delete(id) };
    return Object.assign(client, {
      channels: { cache: known, _add: ({ id }: { id: string }) => open(id) },
    }) as unknown as Client;
  }

  /** A message as a bot sees it. */
  view(kept: Kept, client: Client): Message {
    const { id, channelId, authorId, content, at, question, flags = 0, editedAt = null } = kept;
    const { channels } = client as unknown as { channels: { _add(data: { id: string }): unknown } };
    return {
      ...{
        id,
        channelId,
        content,
        client,
        createdTimestamp: at,
        editedTimestamp: editedAt,
        guildId: null,
        webhookId: null,
      },
      channel: channels._add({ id: channelId }),
      author: { id: authorId, username: `user${authorId}`, bot: authorId === botId, system: false },
      type: MessageType.Default,
      flags: new MessageFlagsBitField(flags),
      reference: question === undefined ? null : { messageId: question },
      stickers: new Collection(),
      attachments: new Collection(),
      mentions: { users: new Collection() },
      inGuild: () => false,
    } as unknown as Message;
  }

  #channel(id: string, client: Client, who: string, life: { isDead: boolean }): unknown {
    const request = async <T>(work: () => T): Promise<T> => {
      const key = crypto.randomUUID();
      this.#unsettled.set(key, life);
      await pause(this.latency());
      if (life.isDead) return never;
      const result = work();
      await pause(this.latency());
      this.#unsettled.delete(key);
      return life.isDead ? never : result;
    };
    const fetch = ({ after, limit }: { after: string; limit: number }) =>
      request(() => {
        const page = this.messages.filter((m) => m.channelId === id && !m.isDeleted && BigInt(m.id) > BigInt(after));
        return new Collection(page.slice(0, limit).map((kept) => [kept.id, this.view(kept, client)]));
      });
    // What may befall a request that changes something; `what` names it.
    const change = async (what: string, isDraft: boolean, work: () => Kept): Promise<Message> => {
      const { kept, isLost } = await request(() => {
        const fault = this.faults.shift() ?? 'none';
        if (fault !== 'none') this.#trace.add('discord', `${fault} of ${who}'s ${what}`);
        const isTaken = fault !== 'requestLost' && fault !== 'crashBefore';
        const kept = isTaken ? work() : undefined;
        const isLost = !isTaken || fault === 'answerLost';
        // A draft is not sent again by itself.
        if (isLost && !isDraft) this.#unsettled.set(`${who} ${what}`, life);
        else this.#unsettled.delete(`${who} ${what}`);
        this.onFault(fault, who);
        return { kept, isLost };
      });
      if (isLost || !kept) throw Object.assign(new Error('The connection was reset.'), { code: 'ECONNRESET' });
      return this.view(kept, client);
    };
    const send = (posting: Posting): Promise<Message> =>
      change(posting.nonce, isSet(posting.flags), () => this.#post(id, posting, who));
    const edit = (messageId: string, { content = '', flags }: Posting): Promise<Message> =>
      change(`edit of ${messageId}`, isSet(flags), () => {
        const kept = this.messages.find((message) => message.id === messageId && !message.isDeleted);
        if (!kept) throw new Error('There is no such message.');
        this.#trace.add('discord', `${who} edits "${kept.content}" into "${content}"${isSet(flags) ? ' (draft)' : ''}`);
        return Object.assign(kept, { content, flags: Number(flags), editedAt: this.#now() });
      });
    const remove = (messageId: string): Promise<void> =>
      request(() => {
        this.#trace.add('discord', `${who} deletes what it said`);
        for (const kept of this.messages) kept.isDeleted ||= kept.id === messageId;
      });
    return {
      ...{ id, send, isSendable: () => true, isTextBased: () => true, isDMBased: () => true },
      sendTyping: () => Promise.resolve(),
      messages: { fetch, edit, delete: remove },
    };
  }

  #post(channelId: string, { content = '', flags, nonce, reply }: Posting, who: string): Kept {
    const first = this.#nonces.get(nonce);
    if (first) {
      this.#trace.add('discord', `${who} posts ${nonce} again: it gets the first one, "${first.content}"`);
      return first;
    }
    const kept = this.#keep({
      channelId,
      authorId: botId,
      content,
      nonce,
      flags: Number(flags ?? 0),
      ...(reply && { question: reply.messageReference }),
    });
    this.#nonces.set(nonce, kept);
    this.#trace.add('discord', `${who} ${isSet(flags) ? 'drafts' : 'says'} ${nonce}: "${content}"`);
    return kept;
  }

  #keep(message: Omit<Kept, 'id' | 'at' | 'isDeleted'>): Kept {
    const at = this.#now();
    const wanted = SnowflakeUtil.generate({ timestamp: at });
    this.#lastId = wanted > this.#lastId ? wanted : this.#lastId + 1n;
    const kept = { ...message, id: String(this.#lastId), at, isDeleted: false };
    this.messages.push(kept);
    return kept;
  }
}
