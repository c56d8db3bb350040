import config from '../../sapphire.config.ts';
import { type EnvironmentSchema, isSecret } from '../../src/core/config.ts';
import { kernelEnvironment } from '../../src/core/kernelEnvironment.ts';

const schemas: EnvironmentSchema[] = [kernelEnvironment, ...config.plugins.flatMap(({ env }) => env ?? [])];

/** Every variable that the bot reads, those that name a secret's file included. */
export const environmentNames: ReadonlySet<string> = new Set(
  schemas.flatMap((schema) =>
    Object.keys(schema.shape).flatMap((name) => (isSecret(schema, name) ? [name, `${name}_FILE`] : [name])),
  ),
);

/** Every variable whose value nobody should see in a manifest. */
export const secretNames: readonly string[] = schemas.flatMap((schema) =>
  Object.keys(schema.shape).filter((name) => isSecret(schema, name)),
);
