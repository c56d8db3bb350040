import { expect, inject, it } from 'vitest';
import type { TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import { administer } from '../../src/testing/postgres/address.ts';
import { wording } from '../../src/wording.ts';
import { query } from '../e2e/query.ts';
import { causesOf, personOf, startBot, startModel } from './surroundings.ts';

/** The bot apologises to somebody, once, for this cause. */
async function expectApology(bot: TestBot, cause: string): Promise<void> {
  const ada = personOf(bot);
  expect((await ada.asks('Hello')).content).toBe(wording.apology());
  await bot.stop();
  expect(causesOf(bot)).toEqual([cause]);
  expect(ada.heard).toHaveLength(1);
}

const origin = () => new URL(inject('n8n').webhooks).origin;

it.each<[cause: string, what: string, path: () => string, variables?: RawEnvironment]>([
  ['refused', 'the header differs', () => 'steward-database', { N8N_AUTH_HEADER_VALUE: 'another one' }],
  ['inactive', 'the workflow is not published', () => 'unpublished'],
  ['test url', 'it is the test URL', () => `${origin()}/webhook-test/steward-database`],
  ['wrong method', 'the webhook waits for GET', () => 'forGet'],
  ['not found', 'it is the address of n8n’s editor', () => `${origin()}/workflow/stewardDatabase`],
])('is told "%s" when %s', async (cause, _what, path, variables) => {
  await expectApology(await startBot(path(), variables), cause);
});

it.each(['steward-context', 'steward-memory'])('is told "failed" when the model refuses: %s', async (path) => {
  const model = await startModel();
  model.answer = () => {
    throw new Error('No.');
  };
  await expectApology(await startBot(path), 'failed');
});

it('is told "empty" when the model says nothing', async () => {
  const model = await startModel();
  model.answer = () => [];
  await expectApology(await startBot('steward-context'), 'empty');
});

it('is told "timeout" when the model thinks for too long', async () => {
  const model = await startModel();
  const apologised = Promise.withResolvers<void>();
  model.answer = async function* () {
    await apologised.promise;
    yield 'Too late.';
  };
  await expectApology(await startBot('steward-context', { N8N_TIMEOUT_MS: '1500' }), 'timeout');
  apologised.resolve();
});

it('is told "failed" when n8n may not write what it remembers', async () => {
  await startModel();
  const { database } = inject('n8n');
  const table = 'INSERT ON n8n_memory.n8n_chat_histories';
  await query(database, `REVOKE ${table} FROM steward_n8n`);
  try {
    await expectApology(await startBot('steward-memory'), 'failed');
  } finally {
    await query(database, `GRANT ${table} TO steward_n8n`);
  }
});

it('is told "failed" while n8n gets no connection to the database, and is answered afterwards', async () => {
  const server = inject('postgres');
  if (!server) throw new Error('There is no PostgreSQL.');
  const asAdministrator = (sql: string) => administer(server, sql);
  await asAdministrator('ALTER ROLE steward_n8n NOLOGIN');
  await asAdministrator("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'steward_n8n'");
  const before = await startBot('steward-database');
  try {
    await expectApology(before, 'failed');
  } finally {
    await asAdministrator('ALTER ROLE steward_n8n LOGIN');
    await before[Symbol.asyncDispose]();
  }
  const bot = await startBot('steward-database');
  expect((await personOf(bot).asks('Hello')).content).toMatch(/^Hello ada\./);
});
