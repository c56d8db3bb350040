import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { PostgresAddress } from './postgres/address.ts';
import { findPostgres } from './postgres/binaries.ts';
import { PostgresServer } from './postgres/PostgresServer.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of the test run; undefined on a platform that npm has no PostgreSQL for. */
    postgres: PostgresAddress | undefined;
    /** A folder for what is made once in a test run. */
    templates: string;
  }
}

/** For `globalSetup` of a Vitest configuration: starts one PostgreSQL for the whole test run, and takes it away at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const templates = await mkdtemp(join(tmpdir(), 'steward-templates-'));
  project.provide('templates', templates);
  const server = await startPostgres(project);
  return async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(templates, { recursive: true, force: true });
  };
}

async function startPostgres(project: TestProject): Promise<PostgresServer | undefined> {
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
  return server;
}
