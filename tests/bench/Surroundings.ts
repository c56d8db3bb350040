import { once } from 'node:events';
import { DiscordSimulator, type SimulatorOptions } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { Contender, type ContenderName } from './Contender.ts';
import { Correspondence } from './Correspondence.ts';

/** What Steward is given besides: nobody is refused, and a person's count stays as small as in real life. */
const generous = {
  DISCORD_GLOBAL_RPS: '10000',
  RATE_LIMIT_MAX: '10000',
  RATE_LIMIT_WINDOW_MS: '1000',
  N8N_MAX_CONCURRENT: '100',
};

/** A simulated Discord and a workflow that answers at once, both in this process: the generator of the load. */
export class Surroundings implements AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly workflow: StandInWorkflow;
  readonly correspondence: Correspondence;

  /** An answer counts when it `isWhole`. */
  static async start(options: SimulatorOptions = {}, isWhole?: (content: string) => boolean): Promise<Surroundings> {
    return new Surroundings(await DiscordSimulator.start(options), await StandInWorkflow.start(), isWhole);
  }

  private constructor(
    discord: DiscordSimulator,
    workflow: StandInWorkflow,
    isWhole: ((content: string) => boolean) | undefined,
  ) {
    this.discord = discord;
    this.workflow = workflow;
    workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
    this.correspondence = new Correspondence(discord, workflow, isWhole);
  }

  /** Brings people into the world who have never written to the bot. */
  people(count: number): SimulatedUser[] {
    const known = this.discord.users.length;
    return Array.from({ length: count }, (_, n) => this.discord.addUser({ username: `person-${known + n}` }));
  }

  /** Starts a bot and waits for its IDENTIFY; `startedIn` so many milliseconds. */
  async start(
    name: ContenderName,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ contender: Contender; startedIn: number }> {
    const began = performance.now();
    const identified = once(this.discord, 'ready');
    const contender = await Contender.start(name, {
      DISCORD_TOKEN: this.discord.token,
      DISCORD_API_URL: this.discord.apiUrl,
      N8N_WEBHOOK_URL: this.workflow.url,
      ...generous,
      ...environment,
    });
    await Promise.race([identified, contender.ended()]);
    return { contender, startedIn: performance.now() - began };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discord.stop();
    await this.workflow.stop();
  }
}
