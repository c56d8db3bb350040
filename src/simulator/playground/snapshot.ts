import type { APIMessage, APIUser } from 'discord.js';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { StandInWorkflow } from '../StandInWorkflow.ts';
import type { WorkflowCall } from '../WorkflowCall.ts';
import type { Situation } from './SituationWatch.ts';
import type { TurnLog, TurnView } from './TurnLog.ts';

const MESSAGES_SHOWN = 200;
const CALLS_SHOWN = 30;

/** What the page needs to draw itself: the `state` event and `GET /state`. Messages are Discord's own, oldest first. */
export type Snapshot = {
  bot: { id: string; name: string; online: boolean };
  users: {
    id: string;
    username: string;
    name: string;
    admin: boolean;
    channelId: string;
    messages: readonly APIMessage[];
  }[];
  workflow: 'stand-in' | 'elsewhere';
  calls: readonly WorkflowCall[];
  /** The ways of the last messages through the bot, oldest first. */
  turns: readonly TurnView[];
  situation: Situation;
};

type Parts = {
  discord: DiscordSimulator;
  workflow: StandInWorkflow | undefined;
  adminIds: readonly string[];
  turns: TurnLog;
  situation: Situation;
};

/** Takes the snapshot; the last 200 messages of each user and the last 30 calls are enough for a page. */
export function snapshot({ discord, workflow, adminIds, turns, situation }: Parts): Snapshot {
  return {
    bot: { id: discord.bot.id, name: nameOf(discord.bot), online: discord.gateway.live },
    users: discord.users.map((user) => ({
      id: user.id,
      username: user.username,
      name: nameOf(user.data),
      admin: adminIds.includes(user.id),
      channelId: user.channelId,
      messages: user.messages.slice(-MESSAGES_SHOWN),
    })),
    workflow: workflow ? 'stand-in' : 'elsewhere',
    calls: workflow?.calls.slice(-CALLS_SHOWN) ?? [],
    turns: turns.all,
    situation,
  };
}

function nameOf(user: APIUser): string {
  return user.global_name ?? user.username;
}
