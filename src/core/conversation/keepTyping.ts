import type { REST } from 'discord.js';
import { seconds } from '../time.ts';
import { hasSpareBudget } from './hasSpareBudget.ts';

/** A quick answer needs no indicator. */
const grace = 500;
/** Discord shows it for about 10 s: https://discord.com/developers/docs/resources/channel#trigger-typing-indicator */
const renewal = seconds(8);

/** Shows that the bot is typing until the returned function is called; silent while the REST budget is short. */
export function keepTyping(
  rest: REST,
  sendTyping: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  const show = (): void => {
    timer = setTimeout(show, renewal);
    if (hasSpareBudget(rest)) sendTyping().catch(onError);
  };
  let timer = setTimeout(show, grace);
  return () => clearTimeout(timer);
}
