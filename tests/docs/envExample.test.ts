import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import config from '../../sapphire.config.ts';
import type { EnvironmentSchema } from '../../src/core/config.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { envExample } from '../../src/envExample.ts';

const owners: [owner: string, schema: EnvironmentSchema][] = [
  ['The kernel', kernelEnvironment],
  ...config.plugins.flatMap(({ name, env }): [string, EnvironmentSchema][] => (env ? [[`Plugin ${name}`, env]] : [])),
];
const example = envExample(owners);

describe('.env.example', () => {
  it('is what the schemas say', async () => {
    await expect(example).toMatchFileSnapshot('../../.env.example');
  });

  it('describes every variable', () => {
    for (const [, { shape }] of owners)
      for (const [name, field] of Object.entries(shape))
        expect((field as z.ZodType).meta()?.description, name).toMatch(/^\S.+\.$/);
  });

  it('sets nothing until it is filled in, so that a copy of it starts the playground', () => {
    expect(parseEnv(example)).toEqual({ DISCORD_TOKEN: '', N8N_WEBHOOK_URL: '' });
  });
});
