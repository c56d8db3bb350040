import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from './backup/backUp.ts';
import { runTool } from './backup/runTool.ts';
import { readKernelEnvironment } from './backup/session.ts';
import { describeSummary } from './backup/summary.ts';
import { unusableFile } from './backup/unusableFile.ts';
import { KernelError } from './core/errors.ts';

// Not to standard output: the backup itself may go there.
const print = (line: string): boolean => process.stderr.write(`${line}\n`);

/** Where the backup goes: a file, a file of the usual name in a folder, or (undefined) standard output. */
function targetOf(argument = '.'): string | undefined {
  if (argument === '-') return undefined;
  const name = `steward-${new Date().toISOString().replaceAll(/\.\d+|[-:]/g, '')}.backup`;
  try {
    return statSync(argument, { throwIfNoEntry: false })?.isDirectory() ? join(argument, name) : argument;
  } catch (error) {
    throw unusableFile(argument, 'written', error);
  }
}

await runTool(async (signal) => {
  const [argument, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || /^(-.|$)/.test(argument ?? '.'))
    throw new KernelError('BadEnvironment', 'Say where to write: nothing, a FILE, a folder, or - for standard output.');
  const path = targetOf(argument);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { summary, bytes } = await backUp(readKernelEnvironment(), { path, version, signal });
  const size = bytes === undefined ? '' : `, ${bytes.toLocaleString('en')} bytes`;
  print(`${path ?? 'Standard output'}: ${describeSummary(summary)}${size}`);
});
