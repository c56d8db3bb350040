import type { APIUser, ApplicationFlags, GatewayReadyDispatchData } from 'discord.js';
import type { Session } from './Session.ts';

/** The first thing a session hears: https://discord.com/developers/docs/events/gateway-events#ready */
export function readyData(
  session: Session,
  resumeUrl: string,
  bot: APIUser,
  guildIds: readonly string[],
): GatewayReadyDispatchData {
  return {
    v: 10,
    user: bot,
    guilds: guildIds.map((id) => ({ id, unavailable: true })),
    session_id: session.id,
    resume_gateway_url: resumeUrl,
    shard: [...session.shard],
    application: { id: bot.id, flags: 0 as ApplicationFlags, flags_new: '0' },
  };
}
