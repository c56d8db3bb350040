import type { z } from 'zod';
import { type EnvironmentSchema, isSecret } from './core/config.ts';

const introduction = `# Every variable that the bot reads. It takes them from its environment and from a file .env (a copy of this one),
# the environment first; an empty value counts as none. What stands behind a "#" is the default.
# Made from the schemas in the code: npx vitest run tests/docs -u`;

/** The text of `.env.example`, from everyone's part of the environment. */
export const envExample = (owners: readonly (readonly [owner: string, schema: EnvironmentSchema])[]): string =>
  `${[introduction, ...owners.map(([owner, schema]) => describeOwner(owner, schema))].join('\n\n')}\n`;

/** One owner's part of `.env.example`. */
export function describeOwner(owner: string, schema: EnvironmentSchema): string {
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
