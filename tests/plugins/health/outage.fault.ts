import { expect, it } from 'vitest';
import { startTestBot } from '#testing';

it('an outage of the database shows in the metrics, and leaves the bot ready', async () => {
  await using bot = await startTestBot();
  const url = String(bot.log.find(({ msg }) => msg === 'The health check listens.')?.address);
  const value = async (metric: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${metric} `))
        ?.slice(metric.length),
    );
  };
  await bot.database.goDown();
  await bot.user('ada').says('Is anybody there?');
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(await value('steward_database_connected')).toBe(0);
  expect(await value('steward_database_changes_total{state="degraded"}')).toBe(1);
  const writes = await value('steward_journal_entries{kind="write"}');
  expect(writes).toBeGreaterThan(0);
  expect(await value('steward_journal_oldest_age_seconds')).toBeGreaterThan(0);
  expect(await value('steward_journal_replayed_total')).toBe(0);
  await bot.database.comeBack();
  await expect.poll(() => value('steward_database_connected'), { timeout: 20_000 }).toBe(1);
  expect(await value('steward_journal_replayed_total')).toBeGreaterThanOrEqual(writes);
  expect(await value('steward_journal_entries{kind="write"}')).toBe(0);
  expect(await value('steward_journal_oldest_age_seconds')).toBe(0);
  expect(await value('steward_database_changes_total{state="connected"}')).toBe(1);
});
