import { container } from '@sapphire/framework';
import type { DestinationStream } from 'pino';
import { type EnvironmentSchema, parseEnvironment, type RawEnvironment } from './config.ts';
import { kernelHooks } from './conversation/kernelHooks.ts';
import { openConversation } from './conversation/openConversation.ts';
import { Database } from './database/Database.ts';
import { instanceId } from './database/instanceId.ts';
import { User } from './database/User.ts';
import type { Config } from './defineConfig.ts';
import type { Plugin } from './definePlugin.ts';
import { deriveKey } from './deriveKey.ts';
import { createClient } from './discord/createClient.ts';
import { Gateway } from './discord/Gateway.ts';
import { loadPieces, loadSapphirePieces } from './discord/pieces.ts';
import { refuseForeignPieces } from './discord/refuseForeignPieces.ts';
import { HttpServer } from './http/HttpServer.ts';
import { type KernelEnvironment, kernelEnvironment } from './kernelEnvironment.ts';
import { createLog } from './log/createLog.ts';
import { MountedPlugin, type Surroundings } from './MountedPlugin.ts';
import { createMetrics } from './metrics/createMetrics.ts';
import { watchBot } from './metrics/watchBot.ts';
import { watchStorage } from './metrics/watchStorage.ts';
import { orderPlugins, refuseDuplicatePieces } from './orderPlugins.ts';
import { PluginControl } from './PluginControl.ts';
import { Roles } from './Roles.ts';
import { requirePrivacy } from './requirePrivacy.ts';
import { Status } from './Status.ts';
import { RemoveOldTurnsTask } from './scheduled-tasks/removeOldTurns.ts';
import { createScheduler } from './scheduling/createScheduler.ts';
import { type Clock, seconds, systemClock } from './time.ts';

/** The pieces that the kernel itself brings. */
const kernelPieces = { tasks: { removeOldTurns: RemoveOldTurnsTask } };

/** How long a stopping bot goes on answering what it has in hand. */
const drainTime = seconds(30);

export interface Bot {
  /** Rejects with a KernelError when Discord closes the session for good. */
  readonly failed: Promise<never>;
  /** Undoes the boot in reverse: the gateway first, then the turns in hand are answered, then everything else ends. */
  stop(): Promise<void>;
}

export interface BotOptions {
  readonly clock?: Clock;
  /** Called before each use of the database; see ConnectionOptions. */
  readonly beforeQuery?: () => void;
  /** Where the log goes; standard output by default. */
  readonly logDestination?: DestinationStream;
  /** Ends the boot when aborted. */
  readonly signal?: AbortSignal;
}

/** Checks the whole environment against everyone's schema. @throws KernelError BadEnvironment */
export function readConfiguration(config: Config, raw: RawEnvironment) {
  const plugins = orderPlugins(config.plugins);
  requirePrivacy(plugins);
  const owners = [{ ...kernelPieces, name: 'the kernel' }, { ...config, name: 'the bot itself' }, ...plugins];
  refuseDuplicatePieces(owners);
  refuseForeignPieces(owners);
  const schemas = new Map<string, EnvironmentSchema>([['kernel', kernelEnvironment]]);
  for (const { name, env } of plugins) if (env) schemas.set(`plugin ${name}`, env);
  const { values, secrets } = parseEnvironment(schemas, raw);
  const ofPlugin = ({ name }: Plugin): Record<string, unknown> => values.get(`plugin ${name}`) ?? {};
  return { plugins, env: values.get('kernel') as KernelEnvironment, ofPlugin, secrets };
}

/** Boots the bot, top to bottom. @throws KernelError for everything that the operator or the developer can mend */
export async function createBot(config: Config, raw: RawEnvironment, options: BotOptions = {}): Promise<Bot> {
  const { plugins, env, ofPlugin, secrets } = readConfiguration(config, raw);
  const { clock = systemClock, beforeQuery, logDestination, signal } = options;
  const log = createLog({ level: env.LOG_LEVEL, secrets, ...(logDestination ? { destination: logDestination } : {}) });
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      try {
        await step();
      } catch (error) {
        log.error({ err: error }, 'A part of the bot did not stop cleanly; the others are stopped all the same.');
      }
    }
  };
  try {
    const entities = [User, ...plugins.flatMap((plugin) => plugin.entities ?? [])];
    const settings = settingsOf(plugins, ofPlugin);
    const storage = { env, entities, settings, log, clock, ...(beforeQuery ? { beforeQuery } : {}) };
    const database = await Database.open(storage);
    undo.push(() => database.close());

    const client = createClient(env, log);
    undo.push(() => client.destroy());
    undo.push(await loadSapphirePieces());
    const metrics = createMetrics();
    undo.push(() => metrics.clear());
    undo.push(watchStorage(metrics, database));
    const deriveKeyFor = (purpose: string): Buffer => deriveKey(env.DISCORD_TOKEN, purpose);
    const roles = new Roles(env.ADMIN_IDS, env.MODERATOR_IDS);
    undo.push(provide({ clock, database, deriveKey: deriveKeyFor, log, metrics, roles }));

    const mounted = plugins.map((plugin) => new MountedPlugin(plugin, ofPlugin(plugin)));
    const gateway = new Gateway(client, log);
    const { intake, conversation, ...turns } = openConversation({
      database,
      client,
      clock,
      log,
      instance: instanceId(env.DATA_DIR),
      live: gateway.live,
      hooks: [kernelHooks(database), ...mounted.map((plugin) => plugin.hooks())],
      patience: env.DB_QUERY_TIMEOUT,
      wording: config.wording,
    });
    const scheduler = createScheduler({ env, client, database, clock, log, metrics });
    const http = new HttpServer(env, log);
    let isBooted = false;
    const surroundings: Surroundings = {
      loadPieces,
      openRoutes: (plugin, addRoutes) => http.open(plugin, addRoutes),
      followTasks: () => scheduler.follow(),
      // At the boot once for all of them, further down.
      remember: async () => isBooted && database.complete(),
    };
    const control = new PluginControl({ plugins: mounted, surroundings, database, client, clock, log, secrets });
    const status = new Status({ database, gateway, clock, plugins: control, intake, scheduler, secrets });
    undo.push(provide({ conversation, intake, plugins: control, scheduler, status }));
    undo.push(watchBot(metrics, { client, gateway, intake, status }));
    await loadPieces(kernelPieces);
    await loadPieces(config);
    undo.push(() => control.stop());
    await control.boot();
    await database.complete();
    isBooted = true;

    undo.push(() => http.close());
    await http.start();

    undo.push(() => scheduler.stop());
    scheduler.start();
    undo.push(control.watch());

    undo.push(turns.stop);
    undo.push(() => turns.leave(drainTime));
    await turns.start();
    const leave = (): Promise<void> => {
      turns.stopCatchUp();
      return gateway.close();
    };
    undo.push(leave);
    signal?.addEventListener('abort', () => void leave(), { once: true });
    if (signal?.aborted) void leave();
    await gateway.connect(env.DISCORD_TOKEN);
    if (gateway.state === 'live') log.info({ plugins: plugins.map(({ name }) => name) }, 'Steward is ready.');
    return { failed: gateway.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rows of the `settings` table, from every plugin's part of the environment. */
export function settingsOf(
  plugins: readonly Plugin[],
  ofPlugin: (plugin: Plugin) => Record<string, unknown>,
): Record<string, string> {
  const settings = plugins.flatMap((plugin) => Object.entries(plugin.settings?.(ofPlugin(plugin)) ?? {}));
  return Object.fromEntries(settings.map(([name, value]) => [name, String(value)]));
}

// Puts the kernel's own services on Sapphire's container; returns the function that takes them away.
function provide(services: object): () => void {
  Object.assign(container, services);
  return () => {
    for (const name of Object.keys(services)) Reflect.deleteProperty(container, name);
  };
}
