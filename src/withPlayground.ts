import { join } from 'node:path';
import type { RawEnvironment } from './core/config.ts';
import { type BotOptions, readConfiguration } from './core/createBot.ts';
import type { Config } from './core/defineConfig.ts';
import type { RunningPlayground } from './simulator/playground.ts';

/** The page that shows up when there is no token. */
interface Page {
  announce(): void;
  stop(): Promise<void>;
}

/**
 * With a token, the environment as it is. Without one, the playground: a simulated Discord, a stand-in workflow (unless
 * `N8N_WEBHOOK_URL` names a real one) and a page to write on, with the environment and the options that make the bot live
 * in them.
 * @throws KernelError BadEnvironment before anything is started
 */
export async function withPlayground(
  config: Config,
  raw: RawEnvironment,
): Promise<{ environment: RawEnvironment; options?: Pick<BotOptions, 'beforeQuery'>; playground?: Page }> {
  if (raw.DISCORD_TOKEN !== undefined || raw.DISCORD_TOKEN_FILE !== undefined) return { environment: raw };
  const { env } = readConfiguration(config, {
    DISCORD_TOKEN: 'playground',
    N8N_WEBHOOK_URL: 'http://127.0.0.1',
    ...raw,
  });
  // Loaded only here: a bot with a token needs no simulator.
  const { startPlayground } = await import('./simulator/playground.ts');
  const { botInsight } = await import('./botInsight.ts');
  const running = await startPlayground({
    workflowUrl: raw.N8N_WEBHOOK_URL,
    isEmbedded: env.DB_HOST === undefined,
    clockFile: join(env.DATA_DIR, 'playground-clock'),
    insight: botInsight(),
  });
  const ADMIN_IDS = [raw.ADMIN_IDS, running.environment.ADMIN_IDS].filter(Boolean).join(',');
  return {
    environment: { PUBLIC_URL: ownAddress(raw), ...raw, ...running.environment, ADMIN_IDS },
    options: { beforeQuery: running.beforeQuery },
    playground: { announce: () => announce(running), stop: () => running.stop() },
  };
}

// Where a workflow on this machine reaches the bot; unknown where the system picks the port.
function ownAddress({ HEALTH_CHECK_HOST, HEALTH_CHECK_PORT = '3000' }: RawEnvironment): string | undefined {
  return HEALTH_CHECK_HOST === undefined && HEALTH_CHECK_PORT !== '0'
    ? `http://127.0.0.1:${HEALTH_CHECK_PORT}`
    : undefined;
}

function announce({ url }: RunningPlayground): void {
  process.stdout.write(
    `\n  Steward is awake in the playground. Write to it at ${url}\n  (Set DISCORD_TOKEN to go live; Ctrl+C stops.)\n\n`,
  );
}
