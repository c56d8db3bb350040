import { z } from 'zod';
import { days, definePlugin, integer } from '#core';
import { Warning } from './entities/Warning.ts';
import { DatabaseWarningRepository } from './repositories/DatabaseWarningRepository.ts';
import { MemoryWarningRepository } from './repositories/MemoryWarningRepository.ts';
import type { IssuedWarning, WarningRepository } from './repositories/WarningRepository.ts';
import { RemoveExpiredWarningsTask } from './scheduled-tasks/removeExpiredWarnings.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly warnings: WarningRepository;
  }
}

/** Keeps warnings and tells the workflow how many a person has. */
export const moderation = () =>
  definePlugin({
    name: 'moderation',
    env: z.object({
      WARNING_EXPIRY_DAYS: integer(1, 3_650).default(30).meta({ description: 'Days that a warning counts.' }),
    }),
    entities: [Warning],
    services: {
      warnings: ({ container: { clock, database }, env }): WarningRepository =>
        database.resilient<WarningRepository, MemoryWarningRepository>({
          name: 'warnings',
          primary: new DatabaseWarningRepository(database, clock, days(env.WARNING_EXPIRY_DAYS)),
          mirror: new MemoryWarningRepository(clock, days(env.WARNING_EXPIRY_DAYS)),
          writes: { addWarning: { options: 4 } },
          learn: {
            getActiveWarnings: (mirror, [discordId]: [string], warnings: IssuedWarning[]) =>
              mirror.learn(discordId, warnings, false),
            getWarningHistory: (mirror, [discordId, includesExpired]: [string, boolean], warnings: IssuedWarning[]) =>
              mirror.learn(discordId, warnings, includesExpired),
          },
        }),
    },
    tasks: { removeExpiredWarnings: RemoveExpiredWarningsTask },
    conversation: {
      recall: async ({ userId }, { container }) => ({
        warnings: (await container.warnings.getActiveWarnings(userId)).length,
      }),
      exportData: async (userId, { container }) => ({
        warnings: await container.warnings.getWarningHistory(userId, true),
      }),
    },
  });
