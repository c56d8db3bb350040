import { RedisConnection } from 'bullmq';
import { seconds } from '../../core/time.ts';
import type { Check } from '../Check.ts';
import { skipped } from '../Finding.ts';
import { judgeRedis } from './judgeRedis.ts';

/** Whether the Redis that scheduled tasks run by keeps what it is told: https://docs.bullmq.io/guide/going-to-production */
export const redis: Check = {
  what: 'Redis',
  reads: ['REDIS'],
  cure: 'Check REDIS_URL (redis://:password@host:6379/0), that Redis runs, and the network between.',
  async run({ env: { REDIS_URL: url } }) {
    if (url === undefined) return [skipped('Redis', 'not used: without REDIS_URL scheduled tasks run in the process')];
    const connection = new RedisConnection(
      { url, maxRetriesPerRequest: null, connectTimeout: seconds(4), retryStrategy: () => null },
      // Else it tells its opinion of Redis on the console.
      { skipVersionCheck: true },
    );
    const { promise: failed, reject } = Promise.withResolvers<never>();
    connection.on('error', reject);
    try {
      const client = await Promise.race([connection.client, failed]);
      return [judgeRedis(await Promise.race([client.info(), failed]), URL.parse(url)?.host ?? '')];
    } finally {
      // What it waits for may never come; what became of it was said above.
      connection.close(true).catch(() => undefined);
      // Closing takes the listeners away, although an error may still be on its way.
      connection.on('error', reject);
    }
  },
};
