import type { Client } from 'discord.js';
import type { Registry } from 'prom-client';
import type { Intake } from '../conversation/Intake.ts';
import type { Gateway } from '../discord/Gateway.ts';
import type { Status } from '../Status.ts';
import { watchCommands } from './watchCommands.ts';
import { watchDiscord } from './watchDiscord.ts';
import { watchPlugins } from './watchPlugins.ts';
import { watchTurns } from './watchTurns.ts';

/** Shows in a bot's metrics what it does, until the returned function is called. */
export function watchBot(
  metrics: Registry,
  { client, gateway, intake, status }: { client: Client; gateway: Gateway; intake: Intake; status: Status },
): () => void {
  watchPlugins(metrics, status);
  const stops = [watchTurns(metrics, intake), watchCommands(metrics, client), watchDiscord(metrics, client, gateway)];
  return () => {
    for (const stop of stops) stop();
  };
}
