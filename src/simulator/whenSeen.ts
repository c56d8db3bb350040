import type { APIMessage } from 'discord.js';
import type { Channel } from './Channel.ts';
import type { World } from './World.ts';

/** What is looked for, by whom, and for how long. */
interface Wanted {
  channel: Channel;
  matches: (message: APIMessage) => boolean;
  timeoutMs: number;
  signal: AbortSignal;
  /** Named when the search is in vain. */
  owner: string;
}

/** The first message of a channel that matches, as it is now or as an edit will make it; rejects after the time-out. */
export function whenSeen(world: World, { channel, matches, timeoutMs, signal, owner }: Wanted): Promise<APIMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<APIMessage>();
  const look = (messages: readonly APIMessage[]) => {
    try {
      const found = messages.find(matches);
      if (found) resolve(found);
    } catch (error) {
      reject(error);
    }
  };
  const onMessage = (message: APIMessage, where: Channel) => {
    if (where === channel) look([message]);
  };
  const onStop = () => reject(new Error(`The simulator stopped while ${owner} looked for a message.`));
  const timer = setTimeout(() => reject(new Error(complaint(owner, timeoutMs, channel))), timeoutMs);
  const turn = (verb: 'on' | 'off') => {
    world[verb]('message', onMessage);
    world[verb]('messageUpdate', onMessage);
  };
  turn('on');
  signal.addEventListener('abort', onStop);
  look(channel.history.all);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onStop);
    turn('off');
  });
}

function complaint(owner: string, timeoutMs: number, channel: Channel): string {
  const last = channel.history.all.slice(-5).map(({ content }) => JSON.stringify(content.slice(0, 200)));
  const rest = last.length === 0 ? 'there is none at all' : `the last are ${last.join(', ')}`;
  return `${owner} did not see the expected message within ${timeoutMs} ms; ${rest}.`;
}
