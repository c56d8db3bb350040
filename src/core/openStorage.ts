import { container } from '@sapphire/framework';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { RawEnvironment } from './config.ts';
import { PluginSwitches } from './control/PluginSwitches.ts';
import { TurnTable } from './conversation/TurnTable.ts';
import { applyTurnWrite, turnWrites } from './conversation/turnWrites.ts';
import { readConfiguration, settingsOf } from './createBot.ts';
import { Database } from './database/Database.ts';
import { instanceId } from './database/instanceId.ts';
import { User } from './database/User.ts';
import type { Config } from './defineConfig.ts';
import { deriveKey } from './deriveKey.ts';
import { createLog } from './log/createLog.ts';
import { MountedPlugin } from './MountedPlugin.ts';
import { Roles } from './Roles.ts';
import { systemClock } from './time.ts';

/**
 * The bot's storage without the bot, for tools: the database, the journal, and every plugin's services on the container.
 * It takes the data folder, so the bot has to be stopped. Warnings and errors go to standard error.
 * @throws KernelError as the boot does
 */
export async function openStorage(config: Config, raw: RawEnvironment): Promise<Database> {
  const notNeeded = { DISCORD_TOKEN: 'not needed here', N8N_WEBHOOK_URL: 'http://127.0.0.1/' };
  const { plugins, env, ofPlugin, secrets } = readConfiguration(config, { ...notNeeded, ...raw });
  const log = createLog({ level: 'warn', secrets, destination: pino.destination({ dest: 2, sync: true }) });
  const entities = [User, ...plugins.flatMap((plugin) => plugin.entities ?? [])];
  const database = await Database.open({ env, entities, settings: settingsOf(plugins, ofPlugin), log });
  const roles = new Roles(env.ADMIN_IDS, env.MODERATOR_IDS);
  const services = { clock: systemClock, database, log, metrics: new Registry(), roles };
  Object.assign(container, services, { deriveKey: (purpose: string) => deriveKey(env.DISCORD_TOKEN, purpose) });
  for (const plugin of plugins) new MountedPlugin(plugin, ofPlugin(plugin)).makeServices();
  new PluginSwitches(database);
  const table = new TurnTable(database);
  database.register(turnWrites, (call) => applyTurnWrite(table, instanceId(env.DATA_DIR), call));
  return database;
}
