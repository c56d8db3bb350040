import type { Registry } from 'prom-client';
import type { ConversationPipeline } from './conversation/ConversationPipeline.ts';
import type { Intake } from './conversation/Intake.ts';
import type { Database } from './database/Database.ts';
import type { Log } from './log/createLog.ts';
import type { PluginControl } from './PluginControl.ts';
import type { Roles } from './Roles.ts';
import type { Status } from './Status.ts';
import type { Scheduler } from './scheduling/Scheduler.ts';
import type { Clock } from './time.ts';

// What the kernel provides to pieces and plugins on Sapphire's container; plugins add their services in the same way.
declare module '@sapphire/pieces' {
  interface Container {
    readonly clock: Clock;
    readonly conversation: ConversationPipeline;
    readonly database: Database;
    /** A secret key of 32 bytes for a purpose; the same in every instance of the bot, and after a restart. */
    readonly deriveKey: (purpose: string) => Buffer;
    readonly intake: Intake;
    readonly log: Log;
    /** https://github.com/siimon/prom-client; the bot's own, not the process's default one. */
    readonly metrics: Registry;
    readonly plugins: PluginControl;
    readonly roles: Roles;
    readonly scheduler: Scheduler;
    readonly status: Status;
  }
}
