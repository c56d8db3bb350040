import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plan } from './planPlugin.ts';
import { Refusal } from './Refusal.ts';

/** Writes all of a plan, or nothing: what was written before something failed is undone. @throws Refusal */
export function writePlan(root: string, { created, changed }: Plan): void {
  const undo: (() => void)[] = [];
  try {
    for (const [path, text] of created) {
      const target = join(root, path);
      const made = mkdirSync(dirname(target), { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true }));
      writeFileSync(target, text, { flag: 'wx' });
      undo.push(() => rmSync(target));
    }
    for (const [path, text] of changed) {
      const target = join(root, path);
      const before = readFileSync(target);
      undo.push(() => writeFileSync(target, before));
      writeFileSync(target, text);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new Refusal(`Not everything can be written: ${(error as Error).message}. Mend that, and try again.`, {
      cause: error,
    });
  }
}
