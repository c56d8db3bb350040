import type { Config } from '../core/defineConfig.ts';
import { KernelError } from '../core/errors.ts';
import { kernelEnvironment } from '../core/kernelEnvironment.ts';
import { orderPlugins, refuseDuplicatePieces } from '../core/orderPlugins.ts';
import { asRenamed } from './asRenamed.ts';
import type { Names } from './Names.ts';
import { Refusal } from './Refusal.ts';

/** What a name is compared with: the bot as it is, its SQL, the new plugin's SQL, and sources that will import it or that it imports in. */
interface Surroundings {
  readonly config: Config;
  readonly migrations: readonly string[];
  readonly migration: string;
  readonly sources: readonly string[];
}

/** @throws Refusal when anything that the plugin would bring is there already under the same name. */
export function refuseTakenName(names: Names, { config, migrations, migration, sources }: Surroundings): void {
  const candidate = asRenamed(names);
  const refuse = (what: string): never => {
    throw new Refusal(`"${names.kebab}" cannot be the plugin's name: ${what} Take another name.`);
  };
  try {
    const plugins = orderPlugins([...config.plugins, candidate]);
    refuseDuplicatePieces([{ ...config, name: 'the bot itself' }, ...plugins]);
  } catch (error) {
    // Which of the two has to be renamed is clear.
    if (error instanceof KernelError) refuse(error.message.replace(/ (?:Remove or rename|Rename) one\.$/, ''));
    throw error;
  }
  const schemas = [kernelEnvironment, ...config.plugins.flatMap(({ env }) => env ?? [])];
  const variables = new Set(schemas.flatMap((schema) => Object.keys(schema.shape)));
  for (const name of Object.keys(candidate.env.shape))
    if (variables.has(name)) refuse(`something else reads the variable ${name}.`);
  const taken = new Set(migrations.flatMap(madeBy));
  for (const thing of madeBy(migration)) if (taken.has(thing)) refuse(`the database has "${thing}" already.`);
  for (const source of sources)
    if (importedBy(source).includes(names.camel)) refuse(`"${names.camel}" means something else in its files.`);
}

// What a migration makes, and the settings that it reads.
function madeBy(sql: string): string[] {
  const made = sql.matchAll(/\bCREATE (?:OR REPLACE )?(?:UNIQUE )?(?:TABLE|FUNCTION|INDEX|VIEW|TRIGGER|TYPE) (\w+)/gi);
  const settings = sql.matchAll(/\bname = '(\w+)'/g);
  return [...made, ...settings].map(([, name = '']) => name);
}

function importedBy(source: string): string[] {
  return [...source.matchAll(/^import (?:type )?([^;]+?) from /gm)].flatMap(([, bindings = '']) =>
    bindings.split(/[{},\s]+/),
  );
}
