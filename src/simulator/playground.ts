import { DatabaseSwitch } from './DatabaseSwitch.ts';
import { DiscordSimulator } from './DiscordSimulator.ts';
import { MovableTime } from './MovableTime.ts';
import type { Insight } from './playground/Insight.ts';
import { Playground } from './playground/Playground.ts';
import { StandInWorkflow } from './StandInWorkflow.ts';

type Options = {
  workflowUrl?: string | undefined;
  port?: number | undefined;
  /** Whether the bot's database lives in this process, and so in its time. */
  isEmbedded?: boolean | undefined;
  /** Where the playground keeps how far its clock is ahead; without it the next start is at the real time again. */
  clockFile?: string | undefined;
  /** What the page may ask the bot. */
  insight?: Insight | undefined;
};

/** A running playground: the address of its page, and the environment that makes a bot live in it. */
export type RunningPlayground = {
  url: string;
  environment: { DISCORD_TOKEN: string; DISCORD_API_URL: string; N8N_WEBHOOK_URL: string; ADMIN_IDS: string };
  /** For the bot, before each use of its database: what the page's switch does. */
  beforeQuery: () => void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

// The ids never change: what the bot remembers of these people must still be theirs after a restart.
const ada = { id: '200000000000000001', username: 'ada', globalName: 'Ada' };
const grace = { id: '200000000000000002', username: 'grace', globalName: 'Grace' };
const linus = { id: '200000000000000003', username: 'linus', globalName: 'Linus' };

/**
 * Starts everything that a bot without a token needs: a simulated Discord with two people and an admin, a stand-in workflow
 * (unless `workflowUrl` names another one), and the page where one can write as these people, make trouble and move the
 * process's clock. Resolves when all of it listens.
 */
export async function startPlayground(options: Options = {}): Promise<RunningPlayground> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const keep = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    started.push(part);
    return part;
  };
  try {
    const time = new MovableTime(options.clockFile);
    keep({ stop: async () => time[Symbol.dispose]() });
    const database = new DatabaseSwitch();
    const discord = keep(await DiscordSimulator.start());
    for (const user of [ada, grace, linus]) discord.addUser(user);
    const workflow = options.workflowUrl ? undefined : keep(await StandInWorkflow.start());
    const { port, isEmbedded, insight } = options;
    const adminIds = [linus.id];
    const page = keep(
      await Playground.start({ discord, workflow, adminIds, port, database, isEmbedded, time, insight }),
    );
    return {
      url: page.url,
      environment: {
        DISCORD_TOKEN: discord.token,
        DISCORD_API_URL: discord.apiUrl,
        N8N_WEBHOOK_URL: workflow?.url ?? options.workflowUrl ?? '',
        ADMIN_IDS: linus.id,
      },
      beforeQuery: database.beforeQuery,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
