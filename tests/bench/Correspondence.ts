import type { APIMessage } from 'discord.js';
import type { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import type { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';

/** A message without its answer yet, with its moments: milliseconds, by the monotonic clock. */
interface Asked {
  readonly said: number;
  called?: number;
  answered?: number;
  readonly resolve: (times: Times) => void;
}

/** How long a message took, in milliseconds: in the bot alone, and with the workflow. */
export interface Times {
  readonly overhead: number;
  readonly total: number;
}

/** How long a message may stay without an answer; milliseconds. */
const patience = 60_000;

/** Lets people write to the bot and knows what each message met on its way. */
export class Correspondence {
  readonly #open = new Map<string, Asked>();
  readonly #isWhole: (content: string) => boolean;

  /** An answer counts when it `isWhole`, be it by an edit. */
  constructor(discord: DiscordSimulator, workflow: StandInWorkflow, isWhole = (_content: string) => true) {
    this.#isWhole = isWhole;
    workflow.on('call', ({ body }) => this.#note(body.messageId, 'called'));
    workflow.on('answered', ({ body }) => this.#note(body.messageId, 'answered'));
    for (const event of ['message', 'messageUpdate'] as const) discord.on(event, (message) => this.#hear(message));
  }

  /** Says something; resolves when the answer has come. */
  ask(person: SimulatedUser): Promise<Times> {
    const said = performance.now();
    const { id } = person.says('How long does this take?');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${person.username} got no answer.`)), patience);
      const hear = (times: Times): void => {
        clearTimeout(timer);
        resolve(times);
      };
      this.#open.set(id, { said, resolve: hear });
    });
  }

  #note(id: unknown, what: 'called' | 'answered'): void {
    const asked = this.#open.get(String(id));
    if (asked) asked[what] = performance.now();
  }

  #hear({ content, message_reference: reference }: APIMessage): void {
    const id = reference?.message_id ?? '';
    const asked = this.#open.get(id);
    if (!asked || !this.#isWhole(content)) return;
    this.#open.delete(id);
    const { said, called = Number.NaN, answered = Number.NaN } = asked;
    const now = performance.now();
    asked.resolve({ overhead: called - said + now - answered, total: now - said });
  }
}
