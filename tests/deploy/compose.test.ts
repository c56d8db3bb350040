import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageEnvironment, stages } from './Dockerfile.ts';
import { environmentNames, secretNames } from './environmentNames.ts';
import { readYaml } from './readYaml.ts';
import { root, textOf, version } from './root.ts';

interface Service {
  image?: string;
  init?: boolean;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  stop_grace_period?: string;
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  ports?: string[];
  networks?: string[];
  healthcheck?: { test: string[] };
  depends_on?: string[] | Record<string, { condition: string }>;
  build?: { dockerfile_inline: string };
}

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

const [compose] = readYaml<Compose>('docker-compose.yml');
const [forTests] = readYaml<Compose>('docker-compose.test.yml');
if (!compose || !forTests) throw new Error('The files for Compose are empty.');
const { bot = {}, postgres = {}, redis = {}, n8n = {} } = compose.services;
const all = Object.entries({ ...compose.services, ...forTests.services });

describe('docker-compose.yml', () => {
  it('sets only what the bot reads, and every secret by a file', () => {
    const names = Object.keys(bot.environment ?? {});
    expect(names.filter((name) => !environmentNames.has(name))).toEqual([]);
    // The Redis of its own network has no password.
    expect(names.filter((name) => secretNames.includes(name))).toEqual(['REDIS_URL']);
    expect(bot.environment?.REDIS_URL).not.toContain('@');
    const files = Object.entries(bot.environment ?? {}).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, path]) => path).sort()).toEqual(bot.secrets?.map((name) => `/run/secrets/${name}`).sort());
  });

  it('declares every secret, volume and network that is used, and has every file', () => {
    for (const [name, { secrets = [], networks = [], volumes = [] }] of Object.entries(compose.services)) {
      expect(Object.keys(compose.secrets), name).toEqual(expect.arrayContaining(secrets));
      expect(Object.keys(compose.networks), name).toEqual(expect.arrayContaining(networks));
      for (const volume of volumes.map((mount) => mount.split(':')[0] ?? ''))
        expect(volume.startsWith('./') ? existsSync(join(root, volume)) : volume in compose.volumes, volume).toBe(true);
    }
  });

  it('keeps secrets where Git does not look', () => {
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^deploy\/secrets\/\w+$/);
    expect(textOf('deploy/secrets/.gitignore')).toMatch(/^\*$/m);
  });

  it('gives the bot a file system that it may only read, no rights, and a volume for its data', () => {
    expect(bot).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(bot.environment?.DATA_DIR).toBe(imageEnvironment.DATA_DIR);
    expect(bot.volumes).toEqual([`bot_data:${imageEnvironment.DATA_DIR}`]);
  });

  it('gives the bot the time that it needs to stop, and starts it again', () => {
    expect(bot).toMatchObject({ init: true, stop_grace_period: '45s', restart: 'unless-stopped' });
    expect(textOf('docs/OPERATING.md')).toContain('Give the process 45 seconds');
  });

  it('does not let the bot wait for what it can do without', () => {
    expect(bot.depends_on).toEqual(['postgres', 'redis']);
  });

  it('opens ports to this machine only, and none of a database', () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect([postgres.ports, redis.ports]).toEqual([undefined, undefined]);
    expect(bot.ports).toEqual([`127.0.0.1:3000:${bot.environment?.HEALTH_CHECK_PORT}`]);
    expect(bot.environment?.PUBLIC_URL).toContain(`http://bot:${bot.environment?.HEALTH_CHECK_PORT}`);
  });

  it('lets nobody but the bot at Redis, which keeps what it has and throws nothing away', () => {
    const neighbours = Object.entries(compose.services).filter(([, { networks = [] }]) => networks.includes('tasks'));
    expect(neighbours.map(([name]) => name)).toEqual(['bot', 'redis']);
    expect(compose.networks).toMatchObject({ tasks: { internal: true }, database: { internal: true } });
    expect(redis.command?.join(' ')).toMatch(/--appendonly yes --maxmemory-policy noeviction$/);
    expect(redis.volumes).toEqual(['redis_data:/data']);
  });

  it('starts n8n only when asked to, with a role of its own', () => {
    expect([n8n.profiles, compose.services['n8n-role']?.profiles]).toEqual([['n8n'], ['n8n']]);
    expect(n8n.secrets).toBeUndefined();
    expect(n8n.depends_on).toEqual({ 'n8n-role': { condition: 'service_completed_successfully' } });
    expect(textOf('docs/N8N.md')).toContain(`For n8n ${/n8n:(\d+\.\d+)/.exec(n8n.image ?? '')?.[1]}.`);
  });

  it.each([
    [1, 'CREATE ROLE steward_n8n'],
    [2, 'CREATE SCHEMA n8n_memory'],
  ])('takes the statements of that role from docs/N8N.md: %i', (block, within) => {
    const script = textOf('deploy/postgres/statements.sh').replace('/steward/N8N.md', join(root, 'docs/N8N.md'));
    const [, sql] = [...textOf('docs/N8N.md').matchAll(/```sql\n([\s\S]+?)```/g)][block - 1] ?? [];
    expect(execFileSync('sh', ['-c', script, 'sh', String(block)], { encoding: 'utf8' })).toBe(sql);
    expect(sql).toContain(within);
  });
});

describe('both files for Compose', () => {
  it('name each image by a version', () => {
    for (const [name, { image }] of all) expect(image, name).toMatch(/^[\w./-]+:\d+(\.\d+)*(-\w+)?$/);
    expect([bot.image, forTests.services.tests?.image]).toEqual([`steward:${version}`, `steward-test:${version}`]);
  });

  it('run the Node of the image', () => {
    const [, node = ''] = /^(\S+)-slim/.exec(stages[0]?.[0]?.value ?? '') ?? [];
    expect(forTests.services.tests?.build?.dockerfile_inline).toContain(`FROM ${node}-slim\n`);
  });

  it('watch over everything that stays', () => {
    for (const [name, service] of Object.entries(compose.services))
      if (service.restart !== undefined && name !== 'bot') expect(service.healthcheck?.test[0], name).toBe('CMD');
  });
});
