import { expect, it } from 'vitest';
import config from '../sapphire.config.ts';
import { withPlayground } from '../src/withPlayground.ts';

it('gives a bot with a token neither switches nor another time', async () => {
  const { Date: date } = globalThis;
  const { now } = Date;
  for (const raw of [{ DISCORD_TOKEN: 'a token' }, { DISCORD_TOKEN_FILE: '/run/secrets/discord_token' }]) {
    expect(await withPlayground(config, raw)).toEqual({ environment: raw });
  }
  expect([globalThis.Date, Date.now]).toEqual([date, now]);
});
