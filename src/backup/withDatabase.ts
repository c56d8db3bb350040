import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createOrm, type Orm } from '../core/database/createOrm.ts';
import { isOutage } from '../core/database/isOutage.ts';
import { User } from '../core/database/User.ts';
import { unusable } from '../core/database/unusable.ts';
import { KernelError } from '../core/errors.ts';
import type { KernelEnvironment } from '../core/kernelEnvironment.ts';

/** Connects to the database as tools do that may take their time, and closes it after the work. @throws KernelError DatabaseUnusable */
export async function withDatabase<Result>(
  env: KernelEnvironment,
  signal: AbortSignal,
  work: (orm: Orm) => Promise<Result>,
): Promise<Result> {
  const orm = await createOrm({ env, entities: [User], queryTimeout: 0 });
  try {
    await orm.connect();
    return await work(orm);
  } catch (error) {
    if (error instanceof KernelError || signal.aborted || !isOutage(error)) throw error;
    throw unusable(
      error,
      env.DB_HOST === undefined ? `The embedded database under ${env.DATA_DIR}` : 'The database at DB_HOST',
    );
  } finally {
    await orm.close(true);
  }
}

/** Whether there is an embedded database: to open it would make it. */
export const hasEmbedded = ({ DATA_DIR }: KernelEnvironment): boolean => existsSync(join(DATA_DIR, 'database'));
