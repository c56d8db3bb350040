import type { APIMessage } from 'discord.js';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { StandInWorkflow } from '../StandInWorkflow.ts';
import type { WorkflowCall } from '../WorkflowCall.ts';
import type { EventFeed } from './EventFeed.ts';

/** Passes what happens in direct messages, to the bot's connection and in the workflow on to the page; returns the function that ends it. */
export function forwardEvents(
  discord: DiscordSimulator,
  workflow: StandInWorkflow | undefined,
  feed: EventFeed,
): () => void {
  const isDirect = (channelId: string) => discord.users.some((user) => user.channelId === channelId);
  const pass = (event: string) => (message: APIMessage) => {
    if (isDirect(message.channel_id)) feed.send(event, message);
  };
  const message = pass('message');
  const messageUpdate = pass('messageUpdate');
  const messageDelete = (data: { id: string; channel_id: string }) => feed.send('messageDelete', data);
  const typing = (data: { channelId: string; at: number }) => feed.send('typing', data);
  const bot = () => feed.send('bot', { online: discord.gateway.live });
  const call = (data: WorkflowCall) => feed.send('call', data);

  const turn = (verb: 'on' | 'off') => {
    discord[verb]('message', message);
    discord[verb]('messageUpdate', messageUpdate);
    discord[verb]('messageDelete', messageDelete);
    discord[verb]('typing', typing);
    for (const event of ['ready', 'resumed', 'disconnected'] as const) discord[verb](event, bot);
    for (const event of ['call', 'answered'] as const) workflow?.[verb](event, call);
  };
  turn('on');
  return () => turn('off');
}
