import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { createTestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { BotProcess } from '../support/startProcess.ts';
import { expectDiscreet } from './expectDiscreet.ts';

/** What a bot in a process of its own lives in: a Discord, a workflow and a database, and the environment that names them. */
export interface Surroundings extends AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly workflow: StandInWorkflow;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a bot in them; the variables go over the environment. */
  start(variables?: Record<string, string | undefined>): Promise<BotProcess>;
}

/** Makes them for one test. When they go, every bot is ended and nobody's log may have held what it must not hold. */
export async function makeSurroundings(): Promise<Surroundings> {
  await using made = new AsyncDisposableStack();
  const discord = made.use(await DiscordSimulator.start({ token: 'token-that-nobody-may-read' }));
  const workflow = made.use(await StandInWorkflow.start());
  workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
  const database = made.adopt(await createTestDatabase(), (created) => created.drop());
  const environment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    N8N_WEBHOOK_URL: workflow.url,
    N8N_AUTH_HEADER_NAME: 'x-steward',
    N8N_AUTH_HEADER_VALUE: 'header-that-nobody-may-read',
    ...database.environment,
  };
  const parts = made.move();
  return {
    discord,
    workflow,
    environment,
    start: async (variables = {}) => {
      const all = { ...environment, ...variables };
      const bot = parts.use(await BotProcess.start(all));
      parts.defer(() => expectDiscreet(bot, discord, all));
      return bot;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
