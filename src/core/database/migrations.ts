import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Constructor } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';

const folder = join(import.meta.dirname, '../../../migrations');

/**
 * The SQL files of `migrations/` in order, each with its `.down.sql`, as MikroORM wants them.
 * A file runs as one statement, because the embedded database takes no more than one at a time.
 */
export function listMigrations(directory = folder): { name: string; class: Constructor<Migration> }[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql') && !file.endsWith('.down.sql'));
  return files.sort().map((file) => {
    const name = basename(file, '.sql');
    const read = (path: string): string => asOneStatement(readFileSync(join(directory, path), 'utf8'));
    return {
      name,
      class: class extends Migration {
        override up(): void {
          this.addSql(read(file));
        }

        override down(): void {
          this.addSql(read(`${name}.down.sql`));
        }
      },
    };
  });
}

function asOneStatement(sql: string): string {
  return `DO $migration$ BEGIN EXECUTE $statements$${sql}$statements$; END $migration$;`;
}
