import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import { parseEnvironment, readEnvironment } from '../core/config.ts';
import type { Orm } from '../core/database/createOrm.ts';
import { type KernelEnvironment, kernelEnvironment } from '../core/kernelEnvironment.ts';

/** Asks a database for rows; parameters are `$1` and so on. */
export type Query = <Row extends object>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** What the kernel knows of its surroundings, as far as tools without Discord need it. @throws KernelError BadEnvironment */
export function readKernelEnvironment(): KernelEnvironment {
  const raw = { DISCORD_TOKEN: 'not needed here', ...readEnvironment() };
  const { values } = parseEnvironment(new Map([['kernel', kernelEnvironment]]), raw);
  return values.get('kernel') as KernelEnvironment;
}

/** Statements outside of a transaction. */
export const queryOf = (orm: Orm): Query => queryOn(orm.em.getConnection().getClient());

/** Runs work in one transaction on one connection: all of it takes effect, or nothing. */
export function inTransaction<Result>(
  orm: Orm,
  work: (query: Query, transaction: Transaction<unknown>) => Promise<Result>,
): Promise<Result> {
  return orm.em.getConnection().transactional((own) => {
    const transaction = own as unknown as Transaction<unknown>;
    return work(queryOn(transaction), transaction);
  });
}

/**
 * Has every value written in one way, whatever the server's settings are, so that it reads the same everywhere; and lets
 * the transaction take its time, for the disk that it waits for may be slow.
 */
export async function speakPlainly(query: Query): Promise<void> {
  const settings = {
    timezone: 'UTC',
    datestyle: 'ISO, YMD',
    intervalstyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    lock_timeout: '30s',
    // A cursor is read to its end here.
    cursor_tuple_fraction: '1',
  };
  for (const [name, value] of Object.entries(settings)) await query(`SET LOCAL ${name} = '${value}'`);
}

const queryOn =
  (client: Kysely<unknown>): Query =>
  async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
    (await client.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))).rows;
