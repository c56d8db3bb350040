import { z } from 'zod';
import { definePlugin, integer, seconds } from '#core';
import { CommandNotes } from './CommandNotes.ts';
import { ChartRenderer } from './chart/ChartRenderer.ts';
import { StatsCommand } from './commands/stats.ts';
import { CommandUsage } from './entities/CommandUsage.ts';
import { MessageStat } from './entities/MessageStat.ts';
import { MessageCommandFinishListener } from './listeners/messageCommandFinish.ts';
import { MessageCommandRunListener } from './listeners/messageCommandRun.ts';
import { logCommand } from './logCommand.ts';
import type { AnalyticsRepository } from './repositories/AnalyticsRepository.ts';
import { DatabaseAnalyticsRepository } from './repositories/DatabaseAnalyticsRepository.ts';
import { MemoryAnalyticsRepository } from './repositories/MemoryAnalyticsRepository.ts';
import { RemoveOldStatisticsTask } from './scheduled-tasks/removeOldStatistics.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly analytics: AnalyticsRepository;
    /** Draws the picture of the statistics. */
    readonly charts: ChartRenderer;
    readonly commandNotes: CommandNotes;
  }
}

/** Counts how the bot is used. */
export const analytics = () =>
  definePlugin({
    name: 'analytics',
    env: z.object({
      ANALYTICS_RETENTION_DAYS: integer(1, 3_650).default(90).meta({ description: 'Days that statistics are kept.' }),
    }),
    settings: (env) => ({ analytics_retention_days: env.ANALYTICS_RETENTION_DAYS }),
    entities: [MessageStat, CommandUsage],
    erasure: 'with the user',
    services: {
      analytics: ({ container: { clock, database } }): AnalyticsRepository =>
        database.resilient<AnalyticsRepository, MemoryAnalyticsRepository>({
          name: 'analytics',
          erasedWith: 'everything',
          primary: new DatabaseAnalyticsRepository(database, clock),
          mirror: new MemoryAnalyticsRepository(clock),
          writes: { logMessage: { options: 6 }, logCommand: { options: 5 }, forgetUser: { options: 1 } },
          deadlines: { getGlobalStats: seconds(30), getReport: seconds(30), forgetUser: seconds(30) },
        }),
      charts: () => new ChartRenderer(),
      commandNotes: ({ container, log }) => new CommandNotes(container.database.journal, log),
    },
    commands: { stats: StatsCommand },
    listeners: { messageCommandRun: MessageCommandRunListener, messageCommandFinish: MessageCommandFinishListener },
    tasks: { removeOldStatistics: RemoveOldStatisticsTask },
    conversation: {
      record: async (turn, { reply, delivered, responseTime }, { container }) => {
        if (!delivered) return;
        const { id, userId, username, at } = turn;
        const options = { key: `${id}:message`, at };
        await container.analytics.logMessage(
          userId,
          username,
          'dm',
          'chat',
          responseTime,
          reply?.tokens ?? null,
          options,
        );
      },
      exportData: async (userId, { container }) => ({ statistics: await container.analytics.getLog(userId) }),
    },
    start: ({ container: { analytics, commandNotes } }) =>
      // What was answered succeeded; what was not is run again, and counted the same.
      commandNotes.countLeftovers((note) => logCommand(analytics, note, { success: true, responseTimeMs: null })),
    stop: ({ container }) => container.charts.close(),
  });
