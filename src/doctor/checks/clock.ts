import { minutes, seconds } from '../../core/time.ts';
import { broken, type Finding, ok, warning } from '../Finding.ts';

const names = { Discord: 'Discord’s', database: 'PostgreSQL’s' };
const cure = 'Let NTP set the clocks (timedatectl set-ntp true, or your provider’s time service).';

/** Compares this machine's clock with somebody else's, both in milliseconds since 1970: limits and retentions go by it. */
export function compareClocks(whose: 'Discord' | 'database', theirs: number, ours: number): Finding {
  const what = `${whose} clock`;
  const offset = Math.abs(ours - theirs);
  const finding = `this machine’s is ${inWords(offset)} ${ours < theirs ? 'behind' : 'ahead of'} ${names[whose]}`;
  if (offset > minutes(10)) return broken(what, finding, cure);
  if (offset > seconds(5)) return warning(what, finding, cure);
  return ok(what, `this machine’s and ${names[whose]} agree`);
}

const inWords = (offset: number): string =>
  offset < minutes(2) ? `${Math.round(offset / 1_000)} s` : `${Math.round(offset / 60_000)} minutes`;
