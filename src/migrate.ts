import { parseEnvironment, readEnvironment } from './core/config.ts';
import { createOrm } from './core/database/createOrm.ts';
import { isOutage } from './core/database/isOutage.ts';
import { lockDataDir } from './core/database/lockDataDir.ts';
import { migrateDown, migrateUp, migrationStatus } from './core/database/migrate.ts';
import { User } from './core/database/User.ts';
import { unusable } from './core/database/unusable.ts';
import { endProcess } from './core/endProcess.ts';
import { KernelError } from './core/errors.ts';
import { type KernelEnvironment, kernelEnvironment } from './core/kernelEnvironment.ts';

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const actions = {
  up: async (orm) => report('Applied', await migrateUp(orm)),
  down: async (orm) => report('Undid', await migrateDown(orm)),
  status: async (orm) => {
    const { applied, pending } = await migrationStatus(orm);
    for (const name of applied) print(`applied  ${name}`);
    for (const name of pending) print(`pending  ${name}`);
  },
} satisfies Record<string, (orm: Awaited<ReturnType<typeof createOrm>>) => Promise<void>>;

function report(done: string, names: readonly string[]): void {
  for (const name of names) print(`${done} ${name}`);
  if (names.length === 0) print('Nothing to do.');
}

try {
  const action = actions[process.argv[2] as keyof typeof actions];
  if (!action) throw new KernelError('BadEnvironment', 'Say what to do: up, down or status.');
  const raw = { DISCORD_TOKEN: 'not needed here', ...readEnvironment() };
  const { values } = parseEnvironment(new Map([['kernel', kernelEnvironment]]), raw);
  const env = values.get('kernel') as KernelEnvironment;
  const unlock = env.DB_HOST === undefined ? lockDataDir(env.DATA_DIR) : () => undefined;
  const orm = await createOrm({ env, entities: [User], queryTimeout: 0 });
  try {
    await action(orm);
  } catch (error) {
    if (error instanceof KernelError || !isOutage(error)) throw error;
    throw unusable(error, env.DB_HOST === undefined ? 'The embedded database' : 'The database at DB_HOST');
  } finally {
    await orm.close(true);
    unlock();
  }
} catch (error) {
  endProcess(error);
}
