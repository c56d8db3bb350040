import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Connections } from '../../core/database/Connections.ts';
import { createOrm } from '../../core/database/createOrm.ts';
import { lockDataDir } from '../../core/database/lockDataDir.ts';
import { User } from '../../core/database/User.ts';
import { seconds } from '../../core/time.ts';
import type { Check } from '../Check.ts';
import { broken, type Finding, ok } from '../Finding.ts';
import { reasonOf } from '../reasonOf.ts';
import type { Situation } from '../Situation.ts';
import { connectionFault } from './connectionFault.ts';
import { lookIntoDatabase } from './lookIntoDatabase.ts';

/** Whether the database can be reached, is of a version that the bot knows, and lets it do its work. */
export const database: Check = {
  what: 'database',
  reads: ['DB', 'DATA'],
  cure: 'Check DB_HOST, DB_PORT and the network between; without DB_HOST, the folder DATA_DIR.',
  // The embedded one is 25 MB of WebAssembly that has to be loaded first.
  deadline: ({ env }) => (env.DB_HOST === undefined ? seconds(30) : seconds(5)),
  run: (situation) => (situation.env.DB_HOST === undefined ? lookAtEmbedded(situation) : lookAtServer(situation)),
};

async function lookAtServer({ env, plugins }: Situation): Promise<readonly Finding[]> {
  const connections = new Connections();
  const patience = Math.min(env.DB_CONNECTION_TIMEOUT, seconds(4));
  const hasty = { ...env, DB_CONNECTION_TIMEOUT: patience };
  const orm = await createOrm({ env: hasty, entities: [User], connections, queryTimeout: patience });
  try {
    return await lookIntoDatabase(orm, { env, plugins });
  } catch (error) {
    return [connectionFault(error, env)];
  } finally {
    // A server that does not answer does not say goodbye either.
    connections.evictAll();
    await orm.close(true);
  }
}

async function lookAtEmbedded({ env, plugins, holder }: Situation): Promise<readonly Finding[]> {
  const folder = join(env.DATA_DIR, 'database');
  // Two processes in one embedded database would destroy it.
  if (holder !== undefined) return [ok('database', `embedded, in ${folder}; ${holder} works with it, which is fine`)];
  if (!existsSync(folder)) return [ok('database', `embedded; the first start makes it in ${folder}`)];
  const unlock = lockDataDir(env.DATA_DIR);
  try {
    const orm = await createOrm({ env, entities: [User] });
    try {
      return await lookIntoDatabase(orm, { env, plugins });
    } finally {
      await orm.close(true);
    }
  } catch (error) {
    const cure = 'Restore DATA_DIR from a backup, or move that folder away: the next start makes an empty one.';
    return [broken('database', `embedded, in ${folder}, cannot be opened: ${reasonOf(error)}`, cure)];
  } finally {
    unlock();
  }
}
