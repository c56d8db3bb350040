import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { oneAtATime } from './postgres/oneAtATime.ts';
import { openDatabase } from './repositories/openDatabase.ts';
import { schemaName } from './schemaName.ts';

/**
 * Puts an embedded database with the bot's schema into an empty data folder: a copy of the test run's first one, whose
 * making takes seconds. In a run without globalSetup.ts the bot makes its own.
 */
export async function prepareEmbedded(dataDir: string): Promise<void> {
  const folder = inject('templates');
  if (folder === undefined) return;
  const template = join(folder, `embedded-${schemaName()}`);
  if (!existsSync(template)) await oneAtATime('embedded template', () => makeTemplate(folder, template));
  await cp(template, join(dataDir, 'database'), { recursive: true });
}

// It has its name when it is complete.
async function makeTemplate(folder: string, template: string): Promise<void> {
  if (existsSync(template)) return;
  const making = await mkdtemp(join(folder, 'making-'));
  const database = await openDatabase({ DATA_DIR: making });
  await database.close();
  await rename(join(making, 'database'), template);
  await rm(making, { recursive: true });
}
