import { createInterface } from 'node:readline/promises';
import { type Checked, checkBackup } from './backup/checkBackup.ts';
import { restoreInto, tryRestore } from './backup/restoreInto.ts';
import { runTool } from './backup/runTool.ts';
import { readKernelEnvironment } from './backup/session.ts';
import { describeSummary } from './backup/summary.ts';
import { KernelError } from './core/errors.ts';

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

interface Wish {
  readonly path: string;
  readonly isTrial: boolean;
  /** The name of the database that may be given up; '' where it is still to be asked for. */
  readonly replaced: string | undefined;
}

function readWish(parameters: readonly string[]): Wish {
  const files = parameters.filter((each) => !each.startsWith('--'));
  const options = parameters.filter((each) => each.startsWith('--'));
  const [path] = files;
  const isTrial = options.includes('--verify');
  const replace = options.find((each) => /^--replace(=|$)/.test(each));
  const isRight = files.length === 1 && options.length === Number(isTrial) + Number(replace !== undefined);
  if (path === undefined || !isRight || (isTrial && replace !== undefined))
    throw new KernelError(
      'BadEnvironment',
      'Say what to restore: FILE, FILE --verify (tries it and changes nothing) or FILE --replace=NAME.',
    );
  return { path, isTrial, replaced: replace?.slice('--replace='.length) };
}

/** Whether what the database holds may go: its name has to be said. */
async function mayReplace({ replaced }: Wish, name: string, signal: AbortSignal): Promise<boolean> {
  if (replaced === undefined) return false;
  let answer = replaced;
  if (answer === '' && process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // A terminal that is being read from gives Ctrl+C to its reader.
    terminal.once('SIGINT', () => process.emit('SIGINT'));
    answer = await terminal.question(`Everything in ${name} will go. Write its name to go on: `, { signal });
    terminal.close();
  }
  if (answer !== name)
    throw new KernelError(
      'BadEnvironment',
      `The database that would be replaced is ${name}: --replace=${name} says so.`,
    );
  return true;
}

function describe(path: string, checked: Checked): string {
  return `${path}: ${describeSummary(checked)}; of ${checked.at}, by Steward ${checked.version}`;
}

await runTool(async (signal) => {
  const wish = readWish(process.argv.slice(2));
  const { path, isTrial } = wish;
  // What is damaged is refused before anything is begun.
  if (isTrial) {
    print(describe(path, await checkBackup(path, signal)));
    const { leftOut } = await tryRestore(path, signal);
    for (const table of leftOut) print(`Left out: ${table}. No migration of this version makes it.`);
    print('It can be restored: everything was read back as it was. Nothing was changed.');
    return;
  }
  const env = readKernelEnvironment();
  const name = env.DB_HOST === undefined ? env.DATA_DIR : env.DB_NAME;
  const replaces = await mayReplace(wish, name, signal);
  print(describe(path, await checkBackup(path, signal)));
  const { leftOut, erasedAgain, entries } = await restoreInto(env, { path, replaces, signal });
  for (const table of leftOut) print(`Left out: ${table}. No migration of this version makes it.`);
  if (erasedAgain > 0) print(`Erased again what was erased since the backup (${erasedAgain}).`);
  print(`Restored into ${name}, and read back as it was; ${entries} went into the journal, for the next start.`);
});
