import { broken, type Finding, ok, warning } from '../Finding.ts';

/** What a Redis says of itself by INFO: https://redis.io/docs/latest/commands/info/ */
export function judgeRedis(info: string, host: string): Finding {
  const read = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown';
  const [version, policy] = [read('redis_version'), read('maxmemory_policy')];
  const finding = `Redis ${version} at ${host}, maxmemory-policy ${policy}`;
  if (Number.parseInt(version, 10) < 5) return broken('Redis', finding, 'BullMQ needs Redis 5 or newer: upgrade it.');
  const cure = 'Set maxmemory-policy noeviction in redis.conf: else Redis may throw scheduled tasks away.';
  if (policy !== 'noeviction') return broken('Redis', finding, cure);
  return Number.parseFloat(version) < 6.2
    ? warning('Redis', finding, 'BullMQ recommends Redis 6.2 or newer: upgrade it when you can.')
    : ok('Redis', finding);
}
