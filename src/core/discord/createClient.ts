import { SapphireClient } from '@sapphire/framework';
import { type ClientOptions, GatewayIntentBits, Partials } from 'discord.js';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { SapphireLogger } from '../log/SapphireLogger.ts';
import { seconds } from '../time.ts';
import { keepTime } from './keepTime.ts';
import { keepToken } from './keepToken.ts';

/** The Discord client. It needs no privileged intent: direct messages and mentions come with their content. */
export function createClient(env: KernelEnvironment, log: Log): SapphireClient {
  const options: Omit<ClientOptions, 'tasks'> = {
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
    // Direct messages arrive in channels that are not cached.
    partials: [Partials.Channel],
    allowedMentions: { parse: [] },
    rest: {
      api: env.DISCORD_API_URL,
      globalRequestsPerSecond: env.DISCORD_GLOBAL_RPS,
      timeout: seconds(15),
      // There is a handler for each channel that was written to, by default for an hour.
      handlerSweepInterval: seconds(15),
    },
    baseUserDirectory: null,
    defaultPrefix: env.COMMAND_PREFIX,
    disableMentionPrefix: true,
    caseInsensitiveCommands: true,
    loadMessageCommandListeners: true,
    loadApplicationCommandRegistriesStatusListeners: false,
    logger: { instance: new SapphireLogger(log.child({ source: 'sapphire' })) },
  };
  // Scheduled tasks have an engine of their own; `tasks` is for the plugin's registration, which is not used.
  const client = new SapphireClient(options as ClientOptions);
  keepToken(client.rest);
  keepTime(client.rest);
  return client;
}
