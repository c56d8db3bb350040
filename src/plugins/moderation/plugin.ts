import { z } from 'zod';
import { days, definePlugin, integer } from '#core';
import { UnwarnCommand } from './commands/unwarn.ts';
import { WarnCommand } from './commands/warn.ts';
import { WarningsCommand } from './commands/warnings.ts';
import { Warning } from './entities/Warning.ts';
import { WarningsPageHandler } from './interaction-handlers/warningsPage.ts';
import { NotSuspendedPrecondition } from './preconditions/NotSuspended.ts';
import { DatabaseWarningRepository } from './repositories/DatabaseWarningRepository.ts';
import { MemoryWarningRepository } from './repositories/MemoryWarningRepository.ts';
import type {
  IssuedWarning,
  PersonalWarning,
  WarningRepository,
  WarningsPage,
} from './repositories/WarningRepository.ts';
import { RemoveExpiredWarningsTask } from './scheduled-tasks/removeExpiredWarnings.ts';
import { Warner } from './Warner.ts';
import type { WarningRule } from './WarningRule.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly warner: Warner;
    readonly warningRule: WarningRule;
    readonly warnings: WarningRepository;
  }
}

/** Warns people for the moderators, and keeps those from chatting who were warned too often. */
export const moderation = () =>
  definePlugin({
    name: 'moderation',
    env: z.object({
      WARNING_EXPIRY_DAYS: integer(1, 3_650).default(30).meta({ description: 'Days that a warning counts.' }),
      WARNING_SUSPEND_AT: integer(0, 1_000)
        .default(0)
        .meta({ description: 'Active warnings at which a person cannot chat; 0 is off.' }),
    }),
    entities: [Warning],
    erasure: { never: 'your warnings and the moderation log' },
    services: {
      warner: () => new Warner(),
      warnings: ({ container: { clock, database }, env }): WarningRepository =>
        database.resilient<WarningRepository, MemoryWarningRepository>({
          name: 'warnings',
          primary: new DatabaseWarningRepository(database, clock, days(env.WARNING_EXPIRY_DAYS)),
          mirror: new MemoryWarningRepository(clock, days(env.WARNING_EXPIRY_DAYS)),
          writes: {
            addWarning: { options: 4 },
            // What was not revoked is nothing to keep.
            revokeWarning: { options: 3, kept: (call, result) => (result === 'revoked' ? call : undefined) },
          },
          learn: {
            getActiveWarnings: (mirror, [discordId]: [string], warnings: IssuedWarning[]) =>
              mirror.learn(discordId, warnings, false),
            getWarningHistory: (mirror, [discordId, includesExpired]: [string, boolean], warnings: IssuedWarning[]) =>
              mirror.learn(discordId, warnings, includesExpired),
            getAllActiveWarnings: (mirror, _parameters: unknown[], { warnings }: WarningsPage) =>
              mirror.learnSome(warnings),
            findWarning: (mirror, _parameters: unknown[], warning: PersonalWarning | undefined) =>
              mirror.learnSome(warning ? [warning] : []),
          },
        }),
      warningRule: ({ env }): WarningRule => ({
        expiry: days(env.WARNING_EXPIRY_DAYS),
        suspendAt: env.WARNING_SUSPEND_AT,
      }),
    },
    commands: { warn: WarnCommand, unwarn: UnwarnCommand, warnings: WarningsCommand },
    preconditions: { NotSuspended: NotSuspendedPrecondition },
    interactionHandlers: { warningsPage: WarningsPageHandler },
    tasks: { removeExpiredWarnings: RemoveExpiredWarningsTask },
    conversation: {
      recall: async ({ userId }, { container }) => ({
        warnings: (await container.warnings.getActiveWarnings(userId)).length,
      }),
      exportData: async (userId, { container }) => ({
        warnings: (await container.warnings.getWarningHistory(userId, true)).map(withoutModerators),
      }),
    },
  });

// Who of the moderators it was is theirs to tell.
function withoutModerators({ issuedBy, revokedBy, ...warning }: IssuedWarning) {
  const issuer = issuedBy === 'automation' ? issuedBy : 'a moderator';
  return { ...warning, issuedBy: issuer, ...(revokedBy === undefined ? {} : { revokedBy: 'a moderator' }) };
}
