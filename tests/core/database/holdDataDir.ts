import { lockDataDir } from '../../../src/core/database/lockDataDir.ts';

// node holdDataDir.ts FOLDER: takes the folder, or says why not, and waits for its end.
const [, , folder = ''] = process.argv;
try {
  lockDataDir(folder);
  process.stdout.write('locked\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  const { code, message } = error as Error & { code: string };
  process.stdout.write(`${code}: ${message}\n`);
}
