import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { KernelError } from './errors.ts';

/** Names and values before validation, as the process or a `.env` file gives them. */
export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * A part of the environment that one owner (the kernel or a plugin) declares. Each variable ends in
 * `.meta({ description, secret? })`: the description goes to `.env.example`; a secret may also come from the file that
 * `NAME_FILE` names, and logs leave it out.
 */
export type EnvironmentSchema = z.ZodObject;

const wholeNumber = /^\d{1,15}$/;

/** A whole number within bounds, as environment variables write it. */
export const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => wholeNumber.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);

/** The process's environment over the `.env` file in the working directory; empty values count as absent. */
export function readEnvironment(file = '.env'): RawEnvironment {
  const all = { ...readEnvFile(file), ...process.env };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''));
}

function readEnvFile(file: string): RawEnvironment {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    const cause = (error as Error).message;
    throw new KernelError('BadEnvironment', `The file ${file} cannot be read: ${cause}. Mend or remove it.`);
  }
}

export function isSecret(schema: EnvironmentSchema, name: string): boolean {
  return (schema.shape[name] as z.ZodType).meta()?.secret === true;
}

/**
 * Validates the environment against every owner's schema in one go and returns each owner's values by owner.
 * @throws KernelError BadEnvironment with all problems, a line each.
 */
export function parseEnvironment(
  schemas: ReadonlyMap<string, EnvironmentSchema>,
  raw: RawEnvironment,
): { values: Map<string, Record<string, unknown>>; secrets: string[] } {
  const problems = new Set<string>();
  const secrets = new Set<string>();
  const values = new Map<string, Record<string, unknown>>();
  for (const [owner, schema] of schemas) {
    const input: Record<string, string | undefined> = {};
    for (const name of Object.keys(schema.shape)) {
      input[name] = isSecret(schema, name) ? readSecret(name, raw, problems) : raw[name];
      if (isSecret(schema, name) && input[name]) secrets.add(input[name]);
    }
    const result = schema.safeParse(input);
    if (result.success) values.set(owner, result.data);
    else for (const issue of result.error.issues) problems.add(describe(issue, input));
  }
  if (problems.size > 0) {
    const list = [...problems].map((problem) => `  - ${problem}`).join('\n');
    throw new KernelError('BadEnvironment', `The environment has ${problems.size} problem(s):\n${list}`);
  }
  return { values, secrets: [...secrets] };
}

function readSecret(name: string, raw: RawEnvironment, problems: Set<string>): string | undefined {
  const path = raw[`${name}_FILE`];
  if (raw[name] !== undefined || path === undefined) return raw[name];
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.add(`${name}_FILE: the file cannot be read (${code}); check its path and that this user may read it`);
    return undefined;
  }
}

// The value itself stays out of the message: it may be a secret pasted under the wrong name.
function describe(issue: z.core.$ZodIssue, input: Record<string, string | undefined>): string {
  const name = issue.path.join('.') || 'environment';
  const absent = issue.code === 'invalid_type' && input[name] === undefined;
  return `${name}: ${absent ? 'is required but not set' : issue.message}`;
}
