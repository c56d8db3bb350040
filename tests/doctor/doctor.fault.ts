import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import config from '../../sapphire.config.ts';
import { integer } from '../../src/core/config.ts';
import { definePlugin } from '../../src/core/definePlugin.ts';
import type { Finding } from '../../src/doctor/Finding.ts';
import { toSummary, toText } from '../../src/doctor/toText.ts';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { createTestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { BotProcess } from '../support/startProcess.ts';
import { diagnose, expectNoSecrets, makeFolder, makeHealthy } from './surroundings.ts';

const script = fileURLToPath(new URL('../../src/doctor.ts', import.meta.url));
const shiftedClock = fileURLToPath(new URL('../faults/shiftedClock.ts', import.meta.url));

interface Run {
  readonly options?: readonly string[];
  readonly node?: readonly string[];
  /** Where a `.env` may be. */
  readonly folder?: string;
}

/** Runs it as operators do: in a process of its own, which knows nothing but these variables. */
async function run(variables: Record<string, string>, { options = [], node = [], folder }: Run = {}) {
  const ended = await promisify(execFile)(process.execPath, [...node, script, ...options], {
    cwd: folder ?? (await makeFolder()),
    env: { PATH: process.env.PATH, ...variables },
    timeout: 60_000,
  }).then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ status: Number(code), stdout: String(stdout), stderr: String(stderr) }),
  );
  expectNoSecrets(ended.stdout + ended.stderr, variables);
  return ended;
}

describe('npm run doctor', { timeout: 90_000 }, () => {
  it('in the playground says what is simulated and that all is well, in a line each', async () => {
    const { status, stdout, stderr } = await run({ HEALTH_CHECK_PORT: '0' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => /^[✓–!✗] /.test(line)).length).toBeGreaterThan(7);
    expect(lines.filter((line) => line.startsWith('–')).map((line) => line.split(/ {2,}/)[0])).toEqual([
      '– Discord',
      '– Redis',
      '– workflow',
      '– callbacks',
    ]);
    expect(lines.at(-1)).toMatch(/^(All is well|\d+ to be looked at)\.$/);
    expect(lines.every((line) => line.length <= 100)).toBe(true);
  });

  it('ends with 1 when something is broken, and says what and the cure', async () => {
    const { environment } = await makeHealthy();
    const { status, stdout } = await run({ ...environment, DISCORD_TOKEN: 'wrong-token' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ Discord token +Discord refuses it \(HTTP 401\)\n +→ Copy the token anew/m);
    expect(stdout).toMatch(/\n1 broken(, \d+ to be looked at)?\.\n$/);
  });

  it('tells machines the same as JSON, and ends with 0 in spite of a warning', async () => {
    const { environment } = await makeHealthy();
    const well = await run({ ...environment, JOURNAL_MAX_MB: '1048576' }, { options: ['--json'] });
    const report = JSON.parse(well.stdout) as { ok: boolean; findings: Finding[] };
    expect({ status: well.status, ok: report.ok }).toEqual({ status: 0, ok: true });
    expect(report.findings.find(({ what }) => what === 'disk')).toEqual({
      mark: 'warning',
      what: 'disk',
      finding: expect.any(String),
      cure: expect.any(String),
    });
    const ill = await run({ ...environment, LOG_LEVEL: 'loud' }, { options: ['--json'] });
    expect({ status: ill.status, ok: JSON.parse(ill.stdout).ok }).toEqual({ status: 1, ok: false });
  });

  it('has no other option', async () => {
    const { status, stdout, stderr } = await run({}, { options: ['--fix'] });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^BadEnvironment: .*--json/);
  });

  it('says of a file of variables that cannot be read that it is the fault', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, '.env'));
    const { status, stdout } = await run({}, { folder });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ environment +The file \.env cannot be read/);
    expect(stdout.match(/not looked at/g)?.length).toBeGreaterThan(6);
  });

  it('reads the file of variables as the bot does', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, '.env'), 'HEALTH_CHECK_PORT=0\nRATE_LIMIT_MAX=many\n');
    const { status, stdout } = await run({}, { folder });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✗ environment +RATE_LIMIT_MAX: must be a whole number/);
  });

  it.skipIf(!inject('postgres'))('sees that this machine’s clock is wrong', async () => {
    const { environment } = await makeHealthy();
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const node = ['--import', shiftedClock];
    const shifted = async (CLOCK_SHIFT: string) => {
      const { status, stdout } = await run({ ...environment, ...database.environment, CLOCK_SHIFT }, { node });
      return { status, lines: stdout.split('\n').filter((line) => / (Discord|database) clock /.test(line)) };
    };
    expect(await shifted('1200000')).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^✗ Discord clock .*20 minutes ahead of Discord’s$/),
        expect.stringMatching(/^✗ database clock .*20 minutes ahead of PostgreSQL’s$/),
      ],
    });
    expect(await shifted('-60000')).toEqual({
      status: 0,
      lines: [expect.stringMatching(/^! .* behind Discord’s$/), expect.stringMatching(/^! .* behind PostgreSQL’s$/)],
    });
  });

  it('knows a Steward that runs: in its data folder and on its port', async () => {
    const discord = await DiscordSimulator.start({ token: 'token-that-nobody-may-read' });
    onTestFinished(() => discord.stop());
    const { environment } = await makeHealthy();
    const variables = { ...environment, DISCORD_API_URL: discord.apiUrl };
    await using bot = await BotProcess.start(variables, { dataDir: environment.DATA_DIR });
    await bot.ready();
    const HEALTH_CHECK_PORT = new URL(await bot.url()).port;
    const { status, stdout } = await run({ ...variables, HEALTH_CHECK_PORT });
    expect(status).toBe(0);
    const who = process.platform === 'linux' ? `process ${bot.pid}` : 'another process';
    expect(stdout.replace(/\s+/g, ' ')).toContain(`${who} works with it`);
    expect(stdout).toMatch(/^✓ port +Steward itself answers on 127\.0\.0\.1:\d+ \(database connected\)$/m);
    const other = await run({ ...variables, HEALTH_CHECK_PORT, DATA_DIR: await makeFolder() });
    expect(other.stdout.replace(/\s+/g, ' ')).toContain('but not with this DATA_DIR');
    expect(await (await fetch(`${await bot.url()}/health`)).json()).toMatchObject({ database: 'connected' });
  });
});

describe('a mistake in the environment', () => {
  it('is told as the boot does, with a cure; what has nothing to do with it is looked at', async () => {
    const { environment, workflow } = await makeHealthy();
    const found = await diagnose({ ...environment, N8N_TIMEOUT_MS: 'long', DB_PASSWORD_FILE: '/nowhere/password' });
    expect(found.get('environment')).toMatchObject({ mark: 'broken', cure: expect.stringContaining('.env.example') });
    for (const what of ['workflow', 'database']) expect(found.get(what)?.mark).toBe('skipped');
    for (const what of ['Discord token', 'fonts', 'port']) expect(found.get(what)?.mark).toBe('ok');
    expect(workflow.calls).toEqual([]);
  });

  it('with a token is a workflow that is missing', async () => {
    const { N8N_WEBHOOK_URL: _, ...environment } = (await makeHealthy()).environment;
    const found = await diagnose(environment);
    expect(found.get('environment')?.finding).toBe('N8N_WEBHOOK_URL: is required but not set');
    expect(found.get('workflow')?.mark).toBe('skipped');
    expect(found.get('Discord token')?.mark).toBe('ok');
  });

  it('leaves out the variables that belong to it', async () => {
    const { environment } = await makeHealthy();
    const found = await diagnose({ ...environment, N8N_AUTH_HEADER_NAME: undefined });
    expect(found.get('environment')?.finding).toMatch(/^N8N_AUTH_HEADER_VALUE: must be set together/);
    expect(found.get('workflow')?.mark).toBe('skipped');
  });
});

describe('a mistake in a variable that others depend on', () => {
  it('leaves nothing to go by', async () => {
    const { environment } = await makeHealthy();
    const env = z
      .object({ SPEED_OF_IT: integer(1, 9).optional(), WAY_OF_IT: z.string().optional() })
      .refine(({ SPEED_OF_IT, WAY_OF_IT }) => WAY_OF_IT === undefined || SPEED_OF_IT !== undefined);
    const bot = { ...config, plugins: [...config.plugins, definePlugin({ name: 'it', env })] };
    const found = await diagnose({ ...environment, SPEED_OF_IT: 'quick', WAY_OF_IT: 'straight' }, bot);
    expect(found.get('environment')?.finding).toMatch(/^SPEED_OF_IT: /);
    const others = [...found.values()].filter(({ what }) => what !== 'environment');
    expect(new Set(others.map(({ mark }) => mark))).toEqual(new Set(['skipped']));
  });
});

describe('a finding', () => {
  it('is wrapped at 100 columns, its cure below it', () => {
    const long = Array.from({ length: 40 }, (_, n) => `word${n}`).join(' ');
    const lines = toText({ mark: 'warning', what: 'disk', finding: long, cure: long }).split('\n');
    expect(lines.every((line) => line.length <= 100)).toBe(true);
    expect(lines[0]).toMatch(/^! disk {13}word0 word1 /);
    expect(lines.filter((line) => line.includes('→ word0'))).toHaveLength(1);
    expect(lines.join(' ').match(/word\d+/g)).toHaveLength(80);
  });

  it('keeps what was looked at apart from what was found', () => {
    for (const what of ['Discord gateway', 'Discord intents', 'database rights'])
      expect(toText({ mark: 'ok', what, finding: 'well' })).toBe(`✓ ${what}  well`);
  });

  it('that cannot be broken into lines stays whole', () => {
    const path = `/${'x'.repeat(150)}`;
    expect(toText({ mark: 'ok', what: 'disk', finding: path })).toBe(`✓ disk             ${path}`);
  });

  it('counts in the end by how grave it is', () => {
    const of = (...marks: Finding['mark'][]) => toSummary(marks.map((mark) => ({ mark, what: '', finding: '' })));
    expect(of('ok', 'skipped')).toBe('All is well.');
    expect(of('warning', 'ok')).toBe('1 to be looked at.');
    expect(of('broken', 'broken', 'warning')).toBe('2 broken, 1 to be looked at.');
  });
});
