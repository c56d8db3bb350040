import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { integer } from './config.ts';
import { seconds } from './time.ts';

const discordId = /^\d{1,20}$/;

const discordIds = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((id) => id.trim()))
  .transform((ids) => ids.filter((id) => id !== ''))
  .refine((ids) => ids.every((id) => discordId.test(id)), { error: 'must be Discord user ids, separated by commas' });

// The file's text, so that a wrong path shows at start and not at the first connection.
function readCertificate(path: string, context: z.RefinementCtx): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    context.addIssue(`the file cannot be read (${(error as NodeJS.ErrnoException).code}); check its path`);
    return z.NEVER;
  }
}

/** The variables that the kernel itself reads; each plugin declares its own. */
export const kernelEnvironment = z.object({
  DISCORD_TOKEN: z
    .string()
    .meta({ secret: true, description: "The bot's token. Without it the bot runs in the playground." }),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('https://discord.com/api')
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ description: "Base of Discord's REST API: a proxy, or the simulator." }),
  DISCORD_GLOBAL_RPS: integer(1, 10_000)
    .default(50)
    .meta({ description: "The bot's REST requests a second, replies and typing together." }),
  COMMAND_PREFIX: z
    .string()
    .regex(/^[^\s/]{1,5}$/, { error: 'must be 1 to 5 characters without spaces or "/"' })
    .default('!')
    .meta({ description: 'What a command begins with.' }),
  ADMIN_IDS: discordIds.meta({
    description: 'Discord user ids of the admins, separated by commas. Admins are moderators too.',
  }),
  MODERATOR_IDS: discordIds.meta({ description: 'Discord user ids of the moderators, separated by commas.' }),
  DB_HOST: z
    .string()
    .optional()
    .meta({ description: 'The PostgreSQL server. Without it the bot keeps an embedded database under DATA_DIR.' }),
  DB_PORT: integer(1, 65_535).default(5432).meta({ description: 'Its port.' }),
  DB_NAME: z.string().default('discord_bot').meta({ description: 'Its database.' }),
  DB_USER: z.string().default('bot_user').meta({ description: 'The role that the bot logs in with.' }),
  DB_PASSWORD: z.string().optional().meta({ secret: true, description: 'Its password.' }),
  DB_SSL: z
    .enum(['false', 'true', 'no-verify'], { error: 'must be true, false or no-verify' })
    .default('false')
    .meta({ description: 'true encrypts and verifies the server, no-verify encrypts only.' }),
  DB_SSL_CA: z
    .string()
    .transform(readCertificate)
    .optional()
    .meta({ description: "File with the certificate authority of the server's certificate." }),
  DB_MAX_CONNECTIONS: integer(1, 1_000).default(10).meta({ description: 'Connections that are open at most.' }),
  DB_IDLE_TIMEOUT: integer(0, 86_400_000)
    .default(seconds(30))
    .meta({ description: 'Milliseconds until an unused connection is closed.' }),
  DB_CONNECTION_TIMEOUT: integer(1, 600_000)
    .default(seconds(5))
    .meta({ description: 'Milliseconds to wait for a connection.' }),
  DB_QUERY_TIMEOUT: integer(1, 600_000)
    .default(seconds(2))
    .meta({ description: 'Milliseconds that a message waits for one database call at most.' }),
  DB_AUTO_MIGRATE: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('true')
    .transform((text) => text === 'true')
    .meta({ description: 'Apply pending migrations at start, one instance at a time.' }),
  DATA_DIR: z
    .string()
    .default('./data')
    .meta({ description: 'Folder of the embedded database and the journal; each instance needs one of its own.' }),
  JOURNAL_MAX_MB: integer(16, 1_048_576)
    .default(1_024)
    .meta({ description: 'Megabytes that the journal may grow to in an outage; then new messages are refused.' }),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss address' })
    .optional()
    .meta({
      secret: true,
      description:
        'The Redis that scheduled tasks run by, redis://:password@host:6379/0. Without it they run in the process.',
    }),
  HEALTH_CHECK_PORT: integer(0, 65_535)
    .default(3000)
    .meta({ description: 'Port of /health, /alive, /ready and /metrics; 0 picks a free one and logs it.' }),
  HEALTH_CHECK_HOST: z.string().default('127.0.0.1').meta({ description: 'Address that the health check listens on.' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
      error: 'must be trace, debug, info, warn, error or fatal',
    })
    .default('info')
    .meta({ description: 'JSON lines; secrets and message texts never appear.' }),
});

export type KernelEnvironment = z.output<typeof kernelEnvironment>;
