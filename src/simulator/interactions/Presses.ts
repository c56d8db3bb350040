import { Press, type PressDetails } from './Press.ts';

/** Discord's time for a first answer: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback */
const PATIENCE_MS = 3_000;
const CAPACITY = 10_000;

/** What was pressed lately, by the token of the press; above 10,000 the oldest are forgotten. */
export class Presses {
  /** How long the bot may take to answer, in milliseconds. */
  patienceMs = PATIENCE_MS;
  readonly #presses = new Map<string, Press>();

  make(details: Omit<PressDetails, 'patienceMs'>): Press {
    const press = new Press({ ...details, patienceMs: this.patienceMs });
    this.#presses.set(press.token, press);
    const [oldest] = this.#presses.keys();
    if (this.#presses.size > CAPACITY && oldest !== undefined) this.#presses.delete(oldest);
    return press;
  }

  find(token: string): Press | undefined {
    return this.#presses.get(token);
  }

  /** Fails those that still wait. */
  stop(): void {
    for (const press of this.#presses.values()) press.fail();
  }
}
