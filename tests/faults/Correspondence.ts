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
  readonly userId: string;
  readonly username: string;
  /** Places in the order in which the bot's messages came, one for each time that it was answered. */
  readonly answers: number[];
  readonly apologies: number[];
  workflowCalls: number;
}

/** What the workflow of a bench makes of a text. */
export const answerTo = (text: string): string => `re: ${text}`;

/** Everything that was said in a fault test, without the bounds that the simulator's own records have. */
export class Correspondence extends EventEmitter<{ sent: [] }> {
  readonly sent: Sent[] = [];
  /** What the bot said that answers nothing, or that went to somebody else. */
  readonly strays: string[] = [];
  readonly #byId = new Map<string, Sent>();
  readonly #byAnswer = new Map<string, Sent>();
  readonly #channels = new Map<string, string>();
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
    });
  }

  /** Lets a person send a text that nobody sent before. */
  say(person: SimulatedUser): void {
    const number = this.sent.length + 1;
    const text = `message ${number}`;
    const { id } = person.says(text);
    const { id: userId, username } = person;
    const sent: Sent = { number, id, text, userId, username, answers: [], apologies: [], workflowCalls: 0 };
    this.sent.push(sent);
    this.#byId.set(id, sent);
    this.#byAnswer.set(answerTo(text), sent);
    this.#channels.set(id, person.channelId);
    this.emit('sent');
  }

  /** Settles when so many messages have been sent. */
  async reached(count: number): Promise<void> {
    while (this.sent.length < count) await once(this, 'sent');
  }

  /** What the bot has not reacted to at all. */
  get open(): Sent[] {
    return this.sent.filter(({ answers, apologies }) => answers.length + apologies.length === 0);
  }

  #hear({ content, nonce, channel_id }: APIMessage): void {
    const place = this.#heard++;
    // The nonce of everything that the bot says begins with the id of the message that it is about.
    const sent = this.#byAnswer.get(content) ?? this.#byId.get(String(nonce).split('-', 1)[0] ?? '');
    if (sent === undefined || this.#channels.get(sent.id) !== channel_id) {
      this.strays.push(`the bot said ${JSON.stringify(content)} (nonce ${nonce}) in channel ${channel_id}`);
    } else if (content === answerTo(sent.text)) sent.answers.push(place);
    else if (content === wording.apology()) sent.apologies.push(place);
    else this.strays.push(`the bot said ${JSON.stringify(content)} about message ${sent.number}`);
  }
}
