import { expect } from 'vitest';
import type { TestBot } from '#testing';

/** What the running bot answers at one of its addresses. */
export function get(bot: TestBot, path: string): Promise<Response> {
  const { address } = bot.log.findLast((line) => line.msg === 'The health check listens.') ?? {};
  return fetch(`${address}${path}`);
}

/** Waits until `/health` reports the state: nothing announces it to those outside. */
export async function untilDatabaseIs(bot: TestBot, state: 'connected' | 'degraded'): Promise<void> {
  const database = async () => ((await (await get(bot, '/health')).json()) as { database: string }).database;
  await expect.poll(database, { timeout: 20_000 }).toBe(state);
}
