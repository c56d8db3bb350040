import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { integer, parseEnvironment, type RawEnvironment, readEnvironment } from '../../src/core/config.ts';
import { KernelError } from '../../src/core/errors.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { n8nBridge } from '../../src/plugins/n8n-bridge/plugin.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const schemas = new Map<string, z.ZodObject>([
  ['kernel', kernelEnvironment],
  ['plugin n8n-bridge', n8nBridge().env],
]);
const enough = { DISCORD_TOKEN: 'token', N8N_WEBHOOK_URL: 'http://127.0.0.1:5678/webhook/steward' };
const parse = (raw: RawEnvironment) => parseEnvironment(schemas, raw);
const kernel = (raw: RawEnvironment) => parse({ ...enough, ...raw }).values.get('kernel');

function refusal(raw: RawEnvironment): string {
  try {
    parse(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code: 'BadEnvironment', exitStatus: 1 });
    return (error as KernelError).message;
  }
  throw new Error('The environment was accepted.');
}

describe('parseEnvironment', () => {
  it('gives each owner its own values, typed, with defaults for what is absent', () => {
    const { values } = parse({ ...enough, DB_PORT: '6543', ADMIN_IDS: ' 1, 22 ,,', DB_AUTO_MIGRATE: 'false' });
    expect(values.get('kernel')).toMatchObject({ DB_PORT: 6543, ADMIN_IDS: ['1', '22'], DB_AUTO_MIGRATE: false });
    expect(values.get('kernel')).toMatchObject({ COMMAND_PREFIX: '!', MODERATOR_IDS: [], LOG_LEVEL: 'info' });
    expect(values.get('kernel')).not.toHaveProperty('N8N_WEBHOOK_URL');
    expect(values.get('plugin n8n-bridge')).toEqual({
      N8N_WEBHOOK_URL: enough.N8N_WEBHOOK_URL,
      N8N_TIMEOUT_MS: 90_000,
      N8N_SIGNING_SECRET: [],
      N8N_MAX_CONCURRENT: 20,
      N8N_MAX_WAITING: 500,
      N8N_ACTIONS: [],
      MEMORY_OWNER: 'bot',
    });
  });

  it('reports every kind of problem of every owner in one message, a line each', () => {
    const message = refusal({
      HEALTH_CHECK_PORT: 'eighty',
      DB_PORT: '65536',
      LOG_LEVEL: 'loud',
      DB_PASSWORD_FILE: join(folder, 'nowhere'),
      DB_SSL_CA: join(folder, 'no-certificate'),
      DISCORD_API_URL: 'discord.com/api',
      COMMAND_PREFIX: '/',
      ADMIN_IDS: 'ada,grace',
      MODERATOR_IDS: '1;2',
      N8N_WEBHOOK_URL: 'ftp://127.0.0.1/webhook',
      N8N_TIMEOUT_MS: '-1',
    });
    const [first, ...lines] = message.split('\n');
    expect(first).toBe('The environment has 12 problem(s):');
    expect(lines.sort()).toEqual(
      [
        'ADMIN_IDS: must be Discord user ids, separated by commas',
        'COMMAND_PREFIX: must be 1 to 5 characters without spaces or "/"',
        'DB_PASSWORD_FILE: the file cannot be read (ENOENT); check its path and that this user may read it',
        'DB_PORT: must be a whole number from 1 to 65535',
        'DB_SSL_CA: the file cannot be read (ENOENT); check its path',
        'DISCORD_API_URL: must be an http or https address',
        'DISCORD_TOKEN: is required but not set',
        'HEALTH_CHECK_PORT: must be a whole number from 0 to 65535',
        'LOG_LEVEL: must be trace, debug, info, warn, error or fatal',
        'MODERATOR_IDS: must be Discord user ids, separated by commas',
        'N8N_TIMEOUT_MS: must be a whole number from 100 to 280000',
        'N8N_WEBHOOK_URL: must be the http or https address of the workflow’s webhook',
      ].map((problem) => `  - ${problem}`),
    );
  });

  it('names a problem once when two owners read the same variable', () => {
    const shared = z.object({ SHARED: integer(1, 2) });
    expect(() =>
      parseEnvironment(
        new Map([
          ['one', shared],
          ['other', shared],
        ]),
        { SHARED: 'three' },
      ),
    ).toThrow('The environment has 1 problem(s):\n  - SHARED: must be a whole number from 1 to 2');
  });

  it('takes a secret from the file that NAME_FILE names, without the line end', () => {
    const path = write('token', ' from-a-file\n');
    const { values, secrets } = parse({ N8N_WEBHOOK_URL: enough.N8N_WEBHOOK_URL, DISCORD_TOKEN_FILE: path });
    expect(values.get('kernel')).toMatchObject({ DISCORD_TOKEN: 'from-a-file' });
    expect(secrets).toEqual(['from-a-file']);
  });

  it('prefers NAME to NAME_FILE', () => {
    expect(kernel({ DB_PASSWORD: 'direct', DB_PASSWORD_FILE: join(folder, 'nowhere') })).toMatchObject({
      DB_PASSWORD: 'direct',
    });
  });

  it('counts an empty secret file as absent', () => {
    const message = refusal({ N8N_WEBHOOK_URL: enough.N8N_WEBHOOK_URL, DISCORD_TOKEN_FILE: write('empty', '\n') });
    expect(message).toContain('DISCORD_TOKEN: is required but not set');
  });

  it('reads no file for what is not a secret', () => {
    expect(kernel({ DB_NAME_FILE: join(folder, 'nowhere') })).toMatchObject({ DB_NAME: 'discord_bot' });
  });

  it('lists the values of all secrets, for the log to leave out', () => {
    const { secrets } = parse({
      ...enough,
      DB_PASSWORD: 'hush',
      N8N_AUTH_HEADER_NAME: 'x-auth',
      N8N_AUTH_HEADER_VALUE: 'psst',
    });
    expect(secrets.toSorted()).toEqual(['hush', 'psst', 'token']);
  });

  const names = [...schemas.values()].flatMap((schema) => Object.keys(schema.shape));
  const fileNames = ['DISCORD_TOKEN_FILE', 'DB_PASSWORD_FILE', 'N8N_AUTH_HEADER_VALUE_FILE'];
  const name = fc.constantFrom(...names, ...fileNames);

  it('never shows the value of any variable in its message, as it may be a secret under the wrong name', () => {
    const value = fc.stringMatching(/^Zq[#%&*]{12}Zq$/);
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 5 }), (raw) => {
        const message = refusal({ LOG_LEVEL: 'loud', ...raw });
        for (const text of Object.values(raw)) expect(message).not.toContain(text);
      }),
    );
  });

  it('refuses with a KernelError or accepts, whatever the environment holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '0', '-1', '1e3', ' 7 ', '99999999999999999999', 'true', ',', '__proto__', 'http://', '\0'),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(fc.dictionary(name, text), (raw) => {
        try {
          const { values } = parse({ ...enough, ...raw });
          expect(values.size).toBe(2);
        } catch (error) {
          expect(error).toBeInstanceOf(KernelError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('readEnvironment', () => {
  it('puts the process over the file', () => {
    vi.stubEnv('STEWARD_TEST_BOTH', 'process');
    const file = write('.env', 'STEWARD_TEST_BOTH=file\nSTEWARD_TEST_FILE="two words"\n# STEWARD_TEST_NOTE=1\n');
    const environment = readEnvironment(file);
    vi.unstubAllEnvs();
    expect(environment).toMatchObject({ STEWARD_TEST_BOTH: 'process', STEWARD_TEST_FILE: 'two words' });
    expect(environment).not.toHaveProperty('STEWARD_TEST_NOTE');
  });

  it('counts an empty value as absent', () => {
    const environment = readEnvironment(write('empty.env', 'STEWARD_TEST_EMPTY=\nSTEWARD_TEST_QUOTED=""\n'));
    expect(environment).not.toHaveProperty('STEWARD_TEST_EMPTY');
    expect(environment).not.toHaveProperty('STEWARD_TEST_QUOTED');
  });

  it('does without a file', () => {
    expect(readEnvironment(join(folder, 'nowhere.env'))).toHaveProperty('PATH');
  });

  it('says so when there is a file that it may not read', () => {
    expect(() => readEnvironment(folder)).toThrow(KernelError);
    expect(() => readEnvironment(folder)).toThrow(`The file ${folder} cannot be read`);
  });
});
