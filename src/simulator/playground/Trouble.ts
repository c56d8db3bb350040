import type { DatabaseSwitch } from '../DatabaseSwitch.ts';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { StandInWorkflow } from '../StandInWorkflow.ts';
import { type Mood, putInMood } from '../workflowMoods.ts';

/** What is switched on now. */
export type TroubleState = {
  /** Undefined where the bot's database cannot be switched. */
  database: 'up' | 'down' | undefined;
  /** Undefined where the workflow is another one than the stand-in. */
  workflow: Mood | undefined;
  /** Answers of the bot that Discord will refuse with 429. */
  limits: number;
};

/** What befalls the connection to Discord once, when asked for. */
export type Mishap = 'drop' | 'repeat' | 'limit';

/** A mishap that cannot happen now; the message says why. */
export class NoMishapError extends Error {
  override readonly name = 'NoMishapError';
}

const SENDING = { method: 'POST', path: /^\/channels\/\d+\/messages$/ };
const LIMITED_MS = 2_000;

/** The switches of the playground: everything around the bot that may fail, and the way back to a good day. */
export class Trouble {
  readonly #discord: DiscordSimulator;
  readonly #workflow: StandInWorkflow | undefined;
  readonly #database: DatabaseSwitch | undefined;
  readonly #answer: StandInWorkflow['answer'] | undefined;
  #mood: Mood = 'normal';

  constructor(parts: {
    discord: DiscordSimulator;
    workflow: StandInWorkflow | undefined;
    database: DatabaseSwitch | undefined;
  }) {
    this.#discord = parts.discord;
    this.#workflow = parts.workflow;
    this.#database = parts.database;
    this.#answer = parts.workflow?.answer;
  }

  get state(): TroubleState {
    return {
      database: this.#database && (this.#database.isDown ? 'down' : 'up'),
      workflow: this.#workflow && this.#mood,
      limits: this.#discord.faults.limitsLeft,
    };
  }

  /** False when there is no such switch here. */
  switchDatabase(to: 'up' | 'down'): boolean {
    if (!this.#database) return false;
    this.#database.isDown = to === 'down';
    return true;
  }

  /** False when there is no such switch here. */
  async switchWorkflow(to: Mood): Promise<boolean> {
    if (!this.#workflow || !this.#answer) return false;
    await putInMood(this.#workflow, to, this.#answer);
    this.#mood = to;
    return true;
  }

  /** Lets something happen to Discord, or to the last message of a user. @throws NoMishapError when there is nothing to befall */
  strike(mishap: Mishap, userId: string): void {
    const discord = this.#discord;
    if (mishap === 'limit') discord.faults.limitNext({ ...SENDING, retryAfterMs: LIMITED_MS });
    else if (mishap === 'repeat') {
      const user = discord.user(userId);
      const last = user?.messages.findLast(({ author }) => author.id === userId);
      if (!user || !last)
        throw new NoMishapError('There is no message yet that could be sent twice: say something first.');
      user.repeats(last.id);
    } else if (discord.gateway.live) discord.gateway.drop();
    else throw new NoMishapError('The bot is not connected just now.');
  }

  /** Everything works again. */
  async end(): Promise<void> {
    this.switchDatabase('up');
    this.#discord.faults.reset();
    await this.switchWorkflow('normal');
  }
}
