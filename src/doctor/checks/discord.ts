import type { Check } from '../Check.ts';
import { broken, type Finding, ok, skipped, warning } from '../Finding.ts';
import { compareClocks } from './clock.ts';

type Ask = (path: string) => Promise<Response>;

const copyAnew = 'Copy the token anew from the Developer Portal (Bot, Reset Token) into DISCORD_TOKEN.';

/** Whether Discord knows the token and lets the bot open a session. */
export const discord: Check = {
  what: 'Discord',
  reads: ['DISCORD'],
  cure: 'Check that this machine reaches Discord (DNS, firewall, proxy), and DISCORD_API_URL.',
  async run({ env, isPlayground }, signal) {
    if (isPlayground) return [skipped('Discord', 'simulated: without DISCORD_TOKEN the bot lives in the playground')];
    const { DISCORD_API_URL: base, DISCORD_TOKEN: token } = env;
    // No header could carry it.
    if (!/^[\x21-\x7e]+$/.test(token)) return [broken('Discord token', 'has characters that no token has', copyAnew)];
    const headers = { authorization: `Bot ${token}`, 'user-agent': 'DiscordBot (steward doctor)' };
    const ask: Ask = (path) => fetch(`${base}/v10${path}`, { headers, signal, redirect: 'manual' });
    const answer = await ask('/users/@me');
    if (answer.status === 401) return [broken('Discord token', 'Discord refuses it (HTTP 401)', copyAnew)];
    if (!answer.ok) return [refusal('Discord', answer.status)];
    const { username, id } = (await answer.json()) as { username?: string; id?: string };
    return [
      ok('Discord token', `is that of ${username} (${id})`),
      await lookAtGateway(ask),
      ok('Discord intents', 'no privileged one is needed: nothing to switch on in the Developer Portal'),
      ...clock(answer.headers.get('date')),
    ];
  },
};

/** @see https://discord.com/developers/docs/events/gateway#session-start-limit-object */
async function lookAtGateway(ask: Ask): Promise<Finding> {
  const answer = await ask('/gateway/bot');
  if (!answer.ok) return refusal('Discord gateway', answer.status);
  const { url, session_start_limit: limit } = (await answer.json()) as {
    url: string;
    session_start_limit: { total: number; remaining: number; reset_after: number };
  };
  const finding = `${limit.remaining} of ${limit.total} sessions left today, at ${URL.parse(url)?.host}`;
  const wait = `Find out what restarts the bot. The count begins anew in ${Math.ceil(limit.reset_after / 60_000)} minutes.`;
  if (limit.remaining === 0) return broken('Discord gateway', finding, wait);
  return limit.remaining < 50 ? warning('Discord gateway', finding, wait) : ok('Discord gateway', finding);
}

function refusal(what: string, status: number): Finding {
  const finding = `Discord answers HTTP ${status}`;
  if (status === 429) return warning(what, finding, 'Too many requests were made: wait a minute and try again.');
  if (status >= 500) return broken(what, finding, 'Discord is unwell: see https://discordstatus.com and try again.');
  return broken(what, finding, 'Check DISCORD_API_URL, and that this machine’s address is not banned by Discord.');
}

// The header has whole seconds, cut off.
const clock = (date: string | null): Finding[] =>
  date === null ? [] : [compareClocks('Discord', Date.parse(date) + 500, Date.now())];
