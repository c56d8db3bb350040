import { broken, type Finding, ok, warning } from '../Finding.ts';

/** Whether the bot knows this PostgreSQL; the number is its `server_version_num`. */
export function judgeVersion(version: string, number: number, where: string): Finding {
  const finding = `PostgreSQL ${version.split(' ', 1)[0]}, ${where}`;
  const major = Math.floor(number / 10_000);
  if (major < 15) return broken('database', finding, 'Versions 15 to 18 will do: upgrade it.');
  if (major > 18) return warning('database', finding, 'The bot is tested with 15 to 18: look for a newer Steward.');
  return ok('database', finding);
}
