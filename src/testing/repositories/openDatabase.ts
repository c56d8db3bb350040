import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import everything from '../../../sapphire.config.ts';
import type { RawEnvironment } from '../../core/config.ts';
import { readConfiguration } from '../../core/createBot.ts';
import type { ConnectionOptions } from '../../core/database/Connection.ts';
import { Database } from '../../core/database/Database.ts';
import { User } from '../../core/database/User.ts';
import { createLog } from '../../core/log/createLog.ts';

/** The kernel's environment and all entities, as the bot would have them with these variables. */
export function databaseOptions(environment: RawEnvironment): Pick<ConnectionOptions, 'env' | 'entities'> {
  const required = { DISCORD_TOKEN: 'none', N8N_WEBHOOK_URL: 'http://127.0.0.1:9/' };
  const { env, plugins } = readConfiguration(everything, { ...required, ...environment });
  return { env, entities: [User, ...plugins.flatMap(({ entities = [] }) => entities)] };
}

/** Opens a database as the bot does, without its log, and patient: a busy machine is no outage. */
export function openDatabase(environment: RawEnvironment, options: Partial<ConnectionOptions> = {}): Promise<Database> {
  const patience = { DB_QUERY_TIMEOUT: '60000', DB_CONNECTION_TIMEOUT: '60000' };
  const log = createLog({ level: 'silent', secrets: [] });
  const all = { ...patience, DATA_DIR: environment.DATA_DIR ?? temporaryFolder(), ...environment };
  return Database.open({ ...databaseOptions(all), settings: {}, log, ...options });
}

const temporaryFolders: string[] = [];
process.once('exit', () => {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes away with the process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steward-data-'));
  temporaryFolders.push(folder);
  return folder;
}
