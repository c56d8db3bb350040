import { seconds } from '../../core/time.ts';
import type { Check } from '../Check.ts';
import { type Finding, ok, skipped, warning } from '../Finding.ts';
import { isLate, reasonOf } from '../reasonOf.ts';

const what = 'callbacks';

/** Whether answers that come later find the bot under PUBLIC_URL. That it is out of reach from here need not be a fault. */
export const callbacks: Check = {
  what,
  reads: ['PUBLIC'],
  cure: 'Compare PUBLIC_URL with the address of the bot’s HTTP server, or of the proxy before it.',
  async run({ plugins, ofPlugin }) {
    const [url] = plugins.map((plugin) => ofPlugin(plugin).PUBLIC_URL).filter((value) => value !== undefined);
    if (url === undefined) return [skipped(what, 'none: without PUBLIC_URL each workflow has to answer at once')];
    return [await ask(String(url))];
  },
};

// A callback without a token, which the bot refuses in words of its own.
async function ask(url: string): Promise<Finding> {
  // Before the time for the whole look is up, which would count as broken.
  const signal = AbortSignal.timeout(seconds(4));
  try {
    const answer = await fetch(`${url}/n8n/turns/0/reply`, { method: 'POST', signal, redirect: 'manual' });
    const text = await answer.text();
    if (answer.status === 401 && text.includes('callbackUrl')) return ok(what, 'the bot answers under PUBLIC_URL');
    const cure = 'Let a proxy lead POST /n8n/turns/ to the bot’s HTTP server, and start the bot with this PUBLIC_URL.';
    return warning(what, `it is not the bot that answers under PUBLIC_URL (HTTP ${answer.status})`, cure);
  } catch (error) {
    const cure = 'Start the bot. If it runs: see whether n8n reaches it there, which this machine need not.';
    return warning(
      what,
      `nobody answers under PUBLIC_URL from here (${isLate(error) ? 'no answer within 4 s' : reasonOf(error)})`,
      cure,
    );
  }
}
