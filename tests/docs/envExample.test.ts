import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import config from '../../sapphire.config.ts';
import { type EnvironmentSchema, isSecret } from '../../src/core/config.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';

const owners: [owner: string, schema: EnvironmentSchema][] = [
  ['The kernel', kernelEnvironment],
  ...config.plugins.flatMap(({ name, env }): [string, EnvironmentSchema][] => (env ? [[`Plugin ${name}`, env]] : [])),
];

const introduction = `# Every variable that the bot reads. It takes them from its environment and from a file .env (a copy of this one),
# the environment first; an empty value counts as none. What stands behind a "#" is the default.
# Made from the schemas in the code: npx vitest run tests/docs -u`;

function describeOwner([owner, schema]: (typeof owners)[number]): string {
  const variables = Object.entries(schema.shape).map(([name, field]) =>
    describeVariable(schema, name, field as z.ZodType),
  );
  return [`# ---- ${owner} ----`, ...variables].join('\n\n');
}

function describeVariable(schema: EnvironmentSchema, name: string, field: z.ZodType): string {
  const secret = isSecret(schema, name) ? [`# A secret: ${name}_FILE may name a file that holds it instead.`] : [];
  return [`# ${field.meta()?.description}`, ...secret, assignment(name, field)].join('\n');
}

function assignment(name: string, field: z.ZodType): string {
  const { success, data } = field.safeParse(undefined);
  return success ? `#${name}=${data ?? ''}` : `${name}=`;
}

const example = `${[introduction, ...owners.map(describeOwner)].join('\n\n')}\n`;

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
