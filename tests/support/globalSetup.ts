import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres.ts';
import type { PostgresAddress } from './postgresAddress.ts';
import { findPostgres } from './postgresBinaries.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of the test run; undefined on a platform that npm has no PostgreSQL for. */
    postgres: PostgresAddress | undefined;
  }
}

/** Starts one PostgreSQL for the whole test run, and takes it away again at the end. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!findPostgres()) {
    const reason = `npm has no PostgreSQL for ${process.platform}-${process.arch}, or it does not run here`;
    if (process.env.CI) throw new Error(`${reason}.`);
    project.vitest.logger.warn(`${reason}: the tests that need one are skipped.`);
    project.provide('postgres', undefined);
    return undefined;
  }
  const server = await PostgresServer.start();
  const { host, port, user, password } = server;
  project.provide('postgres', { host, port, user, password });
  return () => server[Symbol.asyncDispose]();
}
