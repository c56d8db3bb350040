import { expect } from 'vitest';
import type { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { BotProcess } from '../support/startProcess.ts';

const secrets = ['DISCORD_TOKEN', 'DB_PASSWORD', 'N8N_AUTH_HEADER_VALUE'] as const;

/** Every line that a bot wrote is JSON, and shows no secret of its environment and nothing that anybody said to it. */
export function expectDiscreet(
  bot: BotProcess,
  discord: DiscordSimulator,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  for (const line of bot.stdout) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  const said = discord.users.flatMap(({ messages }) => messages.map(({ content }) => content.slice(0, 60)));
  const everything = [...bot.stdout, ...bot.stderr].join('\n');
  for (const text of [...secrets.map((name) => environment[name] ?? ''), ...said]) {
    // Shorter ones ("!help") are no secrets, and may well stand in a line.
    if (text.length > 8) expect(everything).not.toContain(text);
  }
}
