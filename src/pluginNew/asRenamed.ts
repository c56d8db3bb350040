import { z } from 'zod';
import { wishList } from '../../templates/plugin/src/plugins/wish-list/plugin.ts';
import type { Plugin } from '../core/definePlugin.ts';
import type { Names } from './Names.ts';
import { rename } from './rename.ts';

/** The template's manifest under another name, as far as names go: what is taken of them shows before anything is written. */
export function asRenamed(names: Names): Plugin & { readonly env: z.ZodObject } {
  const { env, services, commands, preconditions, tasks } = wishList();
  const renamed = <Value>(record: Readonly<Record<string, Value>> = {}): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name, names), value]));
  return {
    name: names.kebab,
    env: z.object(renamed(env?.shape as z.ZodRawShape)),
    services: renamed(services),
    commands: renamed(commands),
    preconditions: renamed(preconditions),
    tasks: renamed(tasks),
  };
}
