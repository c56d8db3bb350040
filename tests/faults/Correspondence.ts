import { EventEmitter, once } from 'node:events';
import type { APIMessage } from 'discord.js';
import type { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import type { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { wording } from '../../src/wording.ts';

/** A message that a person sent, with everything that came of it. */
export interface Sent {
  /** Counts from 1 over all people. */
  readonly number: number;
  readonly id: string;
  readonly text: string;
  readonly isCommand: boolean;
  readonly userId: string;
  readonly username: string;
  /** Places in the order in which the bot's messages came, one for each time that it was answered. */
  readonly answers: number[];
  readonly apologies: number[];
  /** What the bot said instead of taking it on. */
  readonly refusals: string[];
  /** Milliseconds from the message to the first of all these. */
  waited: number | undefined;
  workflowCalls: number;
}

/** What the workflow of a bench makes of a text. */
export const answerTo = (text: string): string => `re: ${text}`;

/** The words for: too many messages, no place to note them, a command that came too late. */
const refusals = [/^You have written a lot in a short time/, /^I was away when you wrote/];
const isRefusal = (text: string): boolean =>
  text === wording.cannotTakeOn() || refusals.some((refusal) => refusal.test(text));

/** Everything that was said in a fault test, without the bounds that the simulator's own records have. */
export class Correspondence extends EventEmitter<{ change: [] }> {
  readonly sent: Sent[] = [];
  /** What the bot said that answers nothing, or that went to somebody else. */
  readonly strays: string[] = [];
  readonly #byId = new Map<string, Sent>();
  readonly #byAnswer = new Map<string, Sent>();
  readonly #channels = new Map<string, string>();
  readonly #sentAt = new Map<Sent, number>();
  #heard = 0;

  constructor(discord: DiscordSimulator, workflow: StandInWorkflow) {
    super();
    discord.on('message', (message) => {
      if (message.author.id === discord.bot.id) this.#hear(message);
    });
    workflow.on('call', ({ body: { messageId } }) => {
      const sent = this.#byId.get(messageId);
      if (sent) sent.workflowCalls += 1;
      else this.strays.push(`the workflow was called for ${messageId}, which nobody sent`);
      this.emit('change');
    });
  }

  /** Lets a person send a text that nobody sent before, or a command; with an id of its own also in the past. */
  say(person: SimulatedUser, options: { command?: string; id?: string } = {}): Sent {
    const number = this.sent.length + 1;
    const text = options.command ?? `message ${number}`;
    const { id } = person.says(text, options.id === undefined ? {} : { id: options.id });
    const { id: userId, username } = person;
    const nothing = { answers: [], apologies: [], refusals: [], waited: undefined, workflowCalls: 0 };
    const sent: Sent = { number, id, text, isCommand: options.command !== undefined, userId, username, ...nothing };
    this.sent.push(sent);
    this.#sentAt.set(sent, performance.now());
    this.#byId.set(id, sent);
    if (!sent.isCommand) this.#byAnswer.set(answerTo(text), sent);
    this.#channels.set(id, person.channelId);
    this.emit('change');
    return sent;
  }

  /** Settles when something is so that has to do with what is sent, called for, or answered. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this, 'change');
  }

  /** Settles when so many messages have been sent. */
  reached(count: number): Promise<void> {
    return this.until(() => this.sent.length >= count);
  }

  /** Settles when the bot has reacted to so many of the messages. */
  answered(count: number): Promise<void> {
    return this.until(() => this.sent.length - this.open.length >= count);
  }

  /** What the bot has not reacted to at all. */
  get open(): Sent[] {
    return this.sent.filter(({ waited }) => waited === undefined);
  }

  /** Milliseconds that the one waited who waited longest. */
  get longestWait(): number {
    return Math.max(...this.sent.map(({ waited }) => waited ?? Number.POSITIVE_INFINITY));
  }

  #hear({ content, nonce, channel_id }: APIMessage): void {
    const place = this.#heard++;
    // The nonce of everything that the bot says begins with the id of the message that it is about.
    const sent = this.#byAnswer.get(content) ?? this.#byId.get(String(nonce).split('-', 1)[0] ?? '');
    if (sent === undefined || this.#channels.get(sent.id) !== channel_id) {
      this.strays.push(`the bot said ${JSON.stringify(content)} (nonce ${nonce}) in channel ${channel_id}`);
      return;
    }
    sent.waited ??= performance.now() - (this.#sentAt.get(sent) ?? 0);
    if (content === answerTo(sent.text)) sent.answers.push(place);
    else if (content === wording.apology()) sent.apologies.push(place);
    else if (isRefusal(content)) sent.refusals.push(content);
    else if (sent.isCommand) sent.answers.push(place);
    else this.strays.push(`the bot said ${JSON.stringify(content)} about message ${sent.number}`);
    this.emit('change');
  }
}
