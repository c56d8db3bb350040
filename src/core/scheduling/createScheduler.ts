import { createHash } from 'node:crypto';
import type { SapphireClient } from '@sapphire/framework';
import type { Registry } from 'prom-client';
import type { Database } from '../database/Database.ts';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, seconds } from '../time.ts';
import { InProcessEngine } from './InProcessEngine.ts';
import { RedisEngine } from './RedisEngine.ts';
import { Scheduler } from './Scheduler.ts';
import { TaskRecorder } from './TaskRecorder.ts';

interface Parts {
  readonly env: KernelEnvironment;
  readonly client: SapphireClient;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Registry;
}

/** Not while the bot has enough to do with its start. */
const soon = seconds(30);

/** The scheduler that the environment asks for: with `REDIS_URL` on Redis, else in this process. */
export function createScheduler({ env, metrics, ...parts }: Parts): Scheduler {
  const { REDIS_URL: url, DISCORD_TOKEN: token } = env;
  const engine =
    url === undefined
      ? new InProcessEngine({ ...parts, soon })
      : new RedisEngine({ ...parts, url, queue: queueOf(token), soon });
  return new Scheduler(engine, new TaskRecorder({ ...parts, metrics }), parts.log);
}

// A token begins with the bot's id, which stays when the token is renewed; its hash gives nothing away.
function queueOf(token: string): string {
  const [id = ''] = token.split('.');
  return `steward-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;
}
