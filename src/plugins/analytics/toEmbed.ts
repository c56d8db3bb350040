import type { APIEmbed } from 'discord.js';
import { plainName } from './plainName.ts';
import type { GlobalStats } from './repositories/AnalyticsRepository.ts';

// Made when the bot starts: to make the first of a process takes long.
const { format: number } = new Intl.NumberFormat('en-US');
const list = (lines: readonly string[]): string => lines.join('\n') || 'None';

/** The statistics of so many days as an embed: https://discord.com/developers/docs/resources/message#embed-object */
export function toEmbed(stats: GlobalStats, days: number, note: string | undefined): APIEmbed {
  const { chat = 0, command = 0, ...others } = stats.messages_by_type;
  const other = Object.values(others).reduce((sum, n) => sum + n, 0);
  return {
    title: `The last ${lastDays(days)}`,
    color: 0x6ea8fe,
    ...(note === undefined ? {} : { description: note }),
    fields: [
      { name: 'Messages', value: number(stats.total_messages), inline: true },
      { name: 'Users', value: number(stats.unique_users), inline: true },
      { name: 'Average response time', value: duration(stats.avg_response_time_ms), inline: true },
      {
        name: 'By type',
        value: `Chats: ${number(chat)}\nCommands: ${number(command)}${other > 0 ? `\nOthers: ${number(other)}` : ''}`,
        inline: true,
      },
      { name: 'Busiest hours (UTC)', value: list(busiestHours(stats.peak_hours)), inline: true },
      {
        name: 'Top commands',
        value: list(stats.top_commands.map((used) => `${plainName(used.command_name)} – ${number(used.usage_count)}`)),
        inline: true,
      },
      {
        name: 'Top users',
        value: list(stats.top_users.map((user) => `${nameOf(user)} – ${number(user.message_count)}`)),
      },
    ],
    footer: { text: 'Days and hours are UTC.' },
  };
}

/** So many days, in words: `day`, `7 days`. */
export const lastDays = (days: number): string => (days === 1 ? 'day' : `${days} days`);

// Who was never seen under a name is stored under the id.
const nameOf = ({ discord_id, username }: GlobalStats['top_users'][number]): string =>
  plainName(username === discord_id ? '' : username);

function busiestHours(hours: GlobalStats['peak_hours']): string[] {
  const byCount = Object.entries(hours).sort(([, a], [, b]) => b - a);
  return byCount.map(([hour, n]) => `${hour.padStart(2, '0')}:00–${hour.padStart(2, '0')}:59 – ${number(n)}`);
}

function duration(milliseconds: number): string {
  if (milliseconds === 0) return '–';
  const seconds = milliseconds / 1_000;
  return seconds < 1
    ? `${Math.round(milliseconds)} ms`
    : `${seconds.toLocaleString('en-US', { maximumFractionDigits: 1 })} s`;
}
