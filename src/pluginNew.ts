import { resolve } from 'node:path';
import config from '../sapphire.config.ts';
import { endProcess } from './core/endProcess.ts';
import { planPlugin } from './pluginNew/planPlugin.ts';
import { Refusal } from './pluginNew/Refusal.ts';
import { writePlan } from './pluginNew/writePlan.ts';

const root = resolve(import.meta.dirname, '..');
const print = (text: string): boolean => process.stdout.write(`${text}\n`);

try {
  const [name, ...more] = process.argv.slice(2);
  if (more.length > 0) throw new Refusal('One name at a time, please; join its words by hyphens: reading-list');
  if (resolve(process.cwd()) !== root) throw new Refusal(`Plugins are made in the project's own folder: cd ${root}`);
  const plan = planPlugin(root, config, name);
  writePlan(root, plan);
  for (const path of plan.created.keys()) print(`made     ${path}`);
  for (const path of plan.changed.keys()) print(`changed  ${path}`);
  print(
    [
      '',
      `The plugin ${name} is complete and a part of the bot. What comes next:`,
      '1. Try it in the playground, where !help lists its commands: npm start',
      `2. Run its tests: npx vitest run tests/plugins/${name} (and all: npm run check)`,
      '3. Make it yours, file by file: docs/WRITING-A-PLUGIN.md',
    ].join('\n'),
  );
} catch (error) {
  if (!(error instanceof Refusal)) endProcess(error);
  process.stderr.write(`${error.message}\nNothing was written.\n`);
  process.exitCode = 1;
}
