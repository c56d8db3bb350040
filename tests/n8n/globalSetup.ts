import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { stablePort } from '../../src/testing/network/stablePort.ts';
import { administer, createDatabase, databaseEnvironment } from '../../src/testing/postgres/address.ts';
import type { N8nTemplate } from '../docs/n8nTemplate.ts';
import { installN8n, n8nFolder } from './installN8n.ts';
import { ModelServer } from './ModelServer.ts';
import { N8nServer } from './N8nServer.ts';
import { variants } from './variants.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The n8n of the test run, with the templates and a few others published. */
    n8n: RunningN8n;
  }
}

interface RunningN8n {
  /** Its production URLs begin so. */
  readonly webhooks: string;
  /** What its webhooks ask for. */
  readonly header: { readonly name: string; readonly value: string };
  readonly signingSecret: string;
  /** Where it looks for the model, which the tests start. */
  readonly modelPort: number;
  /** The bot's variables for the database that both use. */
  readonly database: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');
const log = join(n8nFolder, 'n8n.log');

/** Installs n8n, gives it the templates and what docs/N8N.md says that it needs, and starts it for the whole test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgres } = project.getProvidedContext();
  if (!postgres) throw new Error('The tests with n8n need the PostgreSQL that npm installs.');
  const folder = await installN8n((line) => project.vitest.logger.log(line));
  const page = await readFile(join(root, 'docs/N8N.md'), 'utf8');
  const password = randomBytes(16).toString('hex');
  const database = await prepareDatabase(postgres, page, password);
  const [header, signingSecret, modelPort] = [
    { name: 'X-Steward-Key', value: randomBytes(32).toString('hex') },
    randomBytes(32).toString('base64'),
    await stablePort(),
  ];
  const n8n = await N8nServer.create({
    folder,
    database: databaseEnvironment(postgres, await createDatabase(postgres)),
    environment: {
      NODE_FUNCTION_ALLOW_BUILTIN: 'crypto',
      N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false',
      N8N_SIGNING_SECRET: signingSecret,
    },
    log,
  });
  const things = await mkdtemp(join(tmpdir(), 'steward-n8n-import-'));
  try {
    const made = JSON.parse(page.match(/```json\n([\s\S]+?)```/)?.[1] ?? '') as { type: string; data: object }[];
    const data: Record<string, object> = {
      httpHeaderAuth: header,
      openAiApi: { apiKey: 'any', url: `http://127.0.0.1:${modelPort}/v1` },
      postgres: { host: postgres.host, port: postgres.port, database: database.DB_NAME, password },
    };
    const credentials = made.map((one) => ({ ...one, data: { ...one.data, ...data[one.type] } }));
    await writeFile(join(things, 'credentials'), JSON.stringify(credentials));
    const published = await writeWorkflows(things);
    await n8n.run('import:credentials', `--input=${join(things, 'credentials')}`);
    await n8n.run('import:workflow', '--separate', `--input=${things}`);
    for (const { id } of published) await n8n.run('publish:workflow', `--id=${id}`);
    await n8n.start('steward-database');
    await warmUp(n8n, header, modelPort);
  } catch (error) {
    await n8n[Symbol.asyncDispose]();
    throw error;
  } finally {
    await rm(things, { recursive: true });
  }
  project.provide('n8n', { webhooks: n8n.webhook(''), header, signingSecret, modelPort, database });
  return async () => {
    await n8n[Symbol.asyncDispose]();
    const failures = project.vitest.state.getCountOfFailedTests();
    if (failures > 0) project.vitest.logger.error(n8n.failure('Tests failed').message);
  };
}

/** The bot's database and the role for n8n, as an operator makes them from docs/N8N.md. */
async function prepareDatabase(
  server: Parameters<typeof administer>[0],
  page: string,
  password: string,
): Promise<Record<string, string>> {
  const [asAdministrator = '', asBot = ''] = [...page.matchAll(/```sql\n([\s\S]+?)```/g)].map(([, sql]) => sql ?? '');
  const name = await createDatabase(server);
  await administer(server, `CREATE ROLE steward_bot LOGIN PASSWORD '${password}'`);
  await administer(server, `ALTER DATABASE ${name} OWNER TO steward_bot`);
  const environment = { ...databaseEnvironment(server, name), DB_USER: 'steward_bot', DB_PASSWORD: password };
  await promisify(execFile)(process.execPath, [join(root, 'src/migrate.ts'), 'up'], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...environment },
  });
  await administer(server, asAdministrator);
  await administer(server, `ALTER ROLE steward_n8n PASSWORD '${password}'`);
  const { host, port } = server;
  const client = new pg.Client({ host, port, database: name, user: 'steward_bot', password });
  await client.connect();
  await client.query(asBot);
  await client.end();
  return environment;
}

/** Has it answer once: it loads what an agent needs at the first use, which takes seconds. */
async function warmUp(n8n: N8nServer, header: RunningN8n['header'], modelPort: number): Promise<void> {
  await using _ = await ModelServer.start(modelPort);
  const response = await fetch(n8n.webhook('steward-memory'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header.name]: header.value },
    body: JSON.stringify({ userId: 'nobody', message: 'Good morning', attachments: [] }),
  });
  const answer = await response.text();
  if (answer !== '{"output":"You said: Good morning"}') throw n8n.failure(`n8n answered ${answer}`);
}

/** Writes every workflow into the folder and returns those that are to be published. */
async function writeWorkflows(folder: string): Promise<readonly N8nTemplate[]> {
  const templates = new Map<string, N8nTemplate>();
  for (const file of await readdir(join(root, 'n8n')))
    templates.set(file, JSON.parse(await readFile(join(root, 'n8n', file), 'utf8')));
  const { published, unpublished } = variants((file) => {
    const template = templates.get(file);
    if (!template) throw new Error(`There is no n8n/${file}.`);
    return template;
  });
  const all = [...templates.values(), ...published];
  for (const workflow of [...all, unpublished])
    await writeFile(join(folder, `${workflow.id}.json`), JSON.stringify(workflow));
  return all;
}
