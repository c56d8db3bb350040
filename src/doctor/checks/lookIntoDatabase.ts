import { escapeIdentifier } from 'pg';
import type { Orm } from '../../core/database/createOrm.ts';
import { type MigrationStatus, migrationStatus } from '../../core/database/migrate.ts';
import { User } from '../../core/database/User.ts';
import { KernelError } from '../../core/errors.ts';
import { broken, type Finding, ok, warning } from '../Finding.ts';
import type { Situation } from '../Situation.ts';
import { compareClocks } from './clock.ts';
import { judgeVersion } from './judgeVersion.ts';

interface Facts {
  readonly name: string;
  readonly version: string;
  readonly number: number | string;
  readonly schema: string | null;
  readonly may_create: boolean | null;
  readonly is_read_only: boolean;
  readonly now: number | string;
}

const facts = `
  SELECT current_user AS name, current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
    current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE') AS may_create,
    current_setting('transaction_read_only') = 'on' AS is_read_only,
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;

const missing = `
  SELECT relname AS table, string_agg(needed, ', ') AS rights
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = current_schema(),
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needed
  WHERE relkind IN ('r', 'p') AND NOT has_table_privilege(pg_class.oid, needed) GROUP BY relname`;

/** Looks at a database that lets itself be connected to: version, rights, migrations, clock. */
export async function lookIntoDatabase(
  orm: Orm,
  { env, plugins }: Pick<Situation, 'env' | 'plugins'>,
): Promise<Finding[]> {
  const connection = orm.em.getConnection();
  await orm.connect();
  const asked = Date.now();
  const [fact] = await connection.execute<[Facts]>(facts);
  const ours = (asked + Date.now()) / 2;
  const lacking = await connection.execute<{ table: string; rights: string }[]>(missing);
  const tables = [User, ...plugins.flatMap(({ entities = [] }) => entities)].map(({ meta }) => meta.tableName);
  const isOurs = ({ table }: { table: string }): boolean => [...tables, 'settings'].includes(table);
  const migrations = await readMigrations(orm);
  const isEmbedded = env.DB_HOST === undefined;
  const where = isEmbedded ? 'embedded' : `at ${env.DB_HOST}:${env.DB_PORT}/${env.DB_NAME} (user ${env.DB_USER})`;
  return [
    judgeVersion(fact.version, Number(fact.number), where),
    rightsOf(fact, lacking.filter(isOurs), migrations),
    describe(migrations, env.DB_AUTO_MIGRATE),
    ...(isEmbedded ? [] : [compareClocks('database', Number(fact.now), ours)]),
  ];
}

function rightsOf(
  { name, schema, may_create, is_read_only }: Facts,
  lacking: readonly { table: string; rights: string }[],
  migrations: MigrationStatus | KernelError,
): Finding {
  const what = 'database rights';
  const user = /^[a-z_][a-z0-9_]*$/.test(name) ? name : escapeIdentifier(name);
  const toCreate = `GRANT USAGE, CREATE ON SCHEMA ${schema ?? 'public'} TO ${user}; or let it own the database.`;
  const [table] = lacking;
  if (is_read_only) return broken(what, 'the server takes no writes', 'Name the primary in DB_HOST, not a standby.');
  if (schema === null) return broken(what, `${user} may use no schema of the search_path`, toCreate);
  if (table) {
    const finding = `${user} lacks ${table.rights} on ${lacking.map((each) => each.table).join(', ')}`;
    return broken(what, finding, `GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${user}; or make it their owner.`);
  }
  if (may_create) return ok(what, `${user} may create tables in schema ${schema}`);
  const isNeeded = !(migrations instanceof KernelError) && migrations.pending.length > 0;
  return (isNeeded ? broken : warning)(what, `${user} may not create tables in schema ${schema}`, toCreate);
}

function describe(migrations: MigrationStatus | KernelError, isAutomatic: boolean): Finding {
  const what = 'migrations';
  if (migrations instanceof KernelError) {
    const [finding = '', ...cure] = migrations.message.split('. ');
    return broken(what, finding, cure.join('. '));
  }
  const { applied, pending } = migrations;
  if (pending.length === 0) return ok(what, `all ${applied.length} applied`);
  const finding = `${applied.length} applied, ${pending.length} pending (${pending[0]} …)`;
  if (isAutomatic) return ok(what, `${finding}: the next start applies them`);
  return broken(what, `${finding}, and DB_AUTO_MIGRATE is false`, 'Run npm run migrate:up.');
}

async function readMigrations(orm: Orm): Promise<MigrationStatus | KernelError> {
  try {
    return await migrationStatus(orm);
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
}
