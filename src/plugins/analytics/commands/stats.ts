import { setTimeout as pause } from 'node:timers/promises';
import { type Args, Command, UserError } from '@sapphire/framework';
import type { AttachmentPayload, Message } from 'discord.js';
import { answer, seconds } from '#core';
import { describe } from '../chart/describe.ts';
import { toChart } from '../chart/toChart.ts';
import type { UsageReport } from '../repositories/AnalyticsRepository.ts';
import { lastDays, toEmbed } from '../toEmbed.ts';

const partial = 'The database does not answer right now: this is only what I counted myself since I started.';

/** Shows an admin how the bot was used. */
export class StatsCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Shows how I was used in the last days, 7 unless you say how many.',
      detailedDescription: '[days]',
      preconditions: ['AdminOnly'],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const days = args.finished ? 7 : toDays(await args.rest('string'));
    await this.#catchUp();
    const report = await this.container.analytics.getReport(days);
    const note = report.isWhole ? undefined : partial;
    if (report.stats.total_messages === 0) {
      const nothing = `I know of no messages in the last ${lastDays(days)}.`;
      return answer(message, note === undefined ? nothing : `${nothing}\n${note}`);
    }
    const files = await this.#draw(report, days);
    const embed = toEmbed(report.stats, days, note);
    await answer(message, { embeds: [embed], files });
  }

  // What waits in the journal beside a database that answers goes first; if that takes long, the answer says what it is.
  async #catchUp(): Promise<void> {
    const { database, log } = this.container;
    if (!database.isReachable || database.isOpen(undefined)) return;
    try {
      await Promise.race([database.replay(), pause(seconds(3), undefined, { ref: false })]);
    } catch (error) {
      log.warn({ err: error }, 'Statistics are asked for while the journal cannot be brought in.');
    }
  }

  async #draw({ hours }: UsageReport, days: number): Promise<AttachmentPayload[]> {
    const { charts, clock, log } = this.container;
    const chart = toChart(hours, days, clock.now());
    try {
      return [
        { attachment: await charts.render(chart), name: `messages-${days}-days.png`, description: describe(chart) },
      ];
    } catch (error) {
      log.warn({ err: error }, 'The chart could not be drawn; the answer goes without it.');
      return [];
    }
  }
}

function toDays(written: string): number {
  if (/^(?:[1-9]|[1-8]\d|90)$/.test(written)) return Number(written);
  throw new UserError({ identifier: 'WrongArguments', message: 'I can look back 1 to 90 days.' });
}
