import querystring from 'node:querystring';
import type { Finding } from './Finding.ts';
import type { Situation } from './Situation.ts';

/** The finding with every secret in it replaced: no check shows one, and what a server says is not ours. */
export function withoutSecrets(finding: Finding, situation: Situation | undefined): Finding {
  const { secrets = [], env } = situation ?? {};
  const inAddress = querystring.unescape(URL.parse(env?.REDIS_URL ?? '')?.password ?? '');
  // The longest first: one may be the beginning of another. A short one would blot out words that have it by chance.
  const all = [...secrets, inAddress].filter(({ length }) => length > 3).toSorted((a, b) => b.length - a.length);
  const hide = (text: string): string => all.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  const { cure } = finding;
  return { ...finding, finding: hide(finding.finding), ...(cure === undefined ? {} : { cure: hide(cure) }) };
}
