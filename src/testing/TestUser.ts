import type { APIMessage } from 'discord.js';
import type { DiscordSimulator } from '../simulator/DiscordSimulator.ts';
import type { SayOptions, SimulatedUser } from '../simulator/SimulatedUser.ts';
import { activity } from './Activity.ts';
import { Said } from './Said.ts';

/** What becomes of one thing that a person did. */
interface Exchange {
  readonly what: string;
  /** The message's id, or the press's. */
  readonly id: string;
  readonly channelId: string;
  readonly message?: APIMessage;
  /** The message whose button was pressed. */
  readonly pressed?: APIMessage;
}

interface Open {
  readonly exchange: Exchange;
  readonly ids: Set<string>;
  showedTyping: boolean;
}

interface Surroundings {
  /** Settles when the person may do something. */
  ready(): Promise<void>;
  /** Aborted when the test bot goes: nobody waits for it then. */
  readonly ended: AbortSignal;
}

/** How long the bot may take; below the time that Vitest gives a test by default in this project. */
const patience = 25_000;

/** A person who talks to the bot and waits for it: each thing they do resolves when the bot is done with it. */
export class TestUser {
  /** The same person in the simulated Discord, to be driven step by step. */
  readonly person: SimulatedUser;
  readonly #discord: DiscordSimulator;
  readonly #ready: Surroundings['ready'];
  readonly #ended: AbortSignal;
  readonly #open = new Map<string, Open>();
  /** What the bot said to something that they did. */
  readonly #taken = new Set<string>();

  constructor(discord: DiscordSimulator, person: SimulatedUser, { ready, ended }: Surroundings) {
    this.#discord = discord;
    this.person = person;
    this.#ready = ready;
    this.#ended = ended;
    discord.on('message', (message) => this.#collect(message));
    discord.on('messageUpdate', (message) => this.#collect(message));
    discord.on('typing', ({ channelId }) => {
      for (const open of this.#open.values()) if (open.exchange.channelId === channelId) open.showedTyping = true;
    });
  }

  get id(): string {
    return this.person.id;
  }

  /**
   * Writes a direct message. Resolves when the bot has answered it in full, refused it, or left it alone on purpose (then
   * there is no reply), and everything that it does about it is done.
   */
  async says(text: string, options: SayOptions = {}): Promise<Said> {
    await this.#ready();
    const message = this.person.says(text, options);
    return this.#exchange({ what: this.#did('said', text), id: message.id, channelId: message.channel_id, message });
  }

  /** The same in the guild's channel, where the bot is mentioned unless told otherwise. */
  async saysInGuild(text: string, options: Parameters<SimulatedUser['saysInGuild']>[1] = {}): Promise<Said> {
    await this.#ready();
    const message = this.person.saysInGuild(text, options);
    const what = this.#did('said in the guild', text);
    return this.#exchange({ what, id: message.id, channelId: message.channel_id, message });
  }

  /** Deletes what they said; the bot is told, and nothing is waited for. */
  deletes({ message }: Said): void {
    if (message) this.person.deletes(message.id);
  }

  /** Changes what they said; the bot is told, and nothing is waited for. */
  edits({ message }: Said, text: string): void {
    if (message) this.person.edits(message.id, text);
  }

  /** What the bot says to them next that is no reply to what they are saying: a notice, or an answer that comes late. */
  async hears(matching: (message: APIMessage) => boolean = () => true): Promise<Said> {
    const isNews = (message: APIMessage): boolean => this.#openFor(message) === undefined;
    const message = await this.person.hears((heard) => isNews(heard) && !this.#taken.has(heard.id) && matching(heard));
    return this.#said({ what: `${this.person.username} listened`, id: message.id }, [message]);
  }

  async #press(message: APIMessage, button: string): Promise<Said> {
    await this.#ready();
    const press = this.person.presses(message, button);
    const what = this.#did('pressed', button);
    return this.#exchange({ what, id: press.id, channelId: message.channel_id, pressed: message });
  }

  async #exchange(exchange: Exchange): Promise<Said> {
    const { id, what } = exchange;
    const open: Open = { exchange, ids: new Set(), showedTyping: false };
    const work = activity.expect(id);
    this.#open.set(id, open);
    try {
      await withPatience(work.done.promise, this.#ended, () => {
        const doing =
          work.running.length === 0 ? 'it has not heard of it' : `it is still in ${work.running.join(', ')}`;
        const said = this.#messagesOf(open).map(({ content }) => JSON.stringify(content));
        return `${what}, and the bot is not done with it after ${patience} ms: ${doing}, and has said ${said.join(', ') || 'nothing'}.`;
      });
      return this.#said(exchange, this.#messagesOf(open), work.refusal, open.showedTyping);
    } finally {
      activity.forget(id);
      this.#open.delete(id);
    }
  }

  #said(
    { what, message }: Pick<Exchange, 'what' | 'id' | 'message'>,
    messages: readonly APIMessage[],
    refusal?: string,
    showedTyping = false,
  ): Said {
    const press = (pressed: APIMessage, button: string): Promise<Said> => this.#press(pressed, button);
    return new Said({ what, message, refusal, showedTyping, press }, messages);
  }

  // As they stand there by now.
  #messagesOf({ exchange, ids }: Open): APIMessage[] {
    const isInGuild = exchange.channelId !== this.person.channelId;
    const all = isInGuild ? this.#discord.guild.channel.history.all : this.person.messages;
    return all.filter(({ id }) => ids.has(id));
  }

  #collect(message: APIMessage): void {
    if (message.author.id !== this.#discord.bot.id) return;
    const open = this.#openFor(message);
    if (!open) return;
    open.ids.add(message.id);
    this.#taken.add(message.id);
  }

  /** To what a message of the bot belongs: it says so, or there is only one thing that it can belong to. */
  #openFor(message: APIMessage): Open | undefined {
    const open = [...this.#open.values()].filter(({ exchange }) => exchange.channelId === message.channel_id);
    const known = open.find(({ ids, exchange }) => ids.has(message.id) || exchange.pressed?.id === message.id);
    if (known || message.edited_timestamp !== null) return known;
    const [named] = /^\d+(?=-)/.exec(String(message.nonce ?? '')) ?? [];
    const cause = message.interaction_metadata?.id ?? message.message_reference?.message_id ?? named;
    return cause === undefined ? open[0] : this.#open.get(cause);
  }

  #did(verb: string, text: string): string {
    return `${this.person.username} ${verb} ${JSON.stringify(text)}`;
  }
}

async function withPatience<T>(work: Promise<T>, ended: AbortSignal, complaint: () => string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(complaint())), patience);
  const stop = (): void => clearTimeout(timer);
  ended.addEventListener('abort', stop);
  try {
    return await Promise.race([work, promise]);
  } finally {
    stop();
    ended.removeEventListener('abort', stop);
  }
}
