import type { Intake } from './conversation/Intake.ts';
import type { Database } from './database/Database.ts';
import type { Gateway } from './discord/Gateway.ts';
import type { MountedPlugin } from './MountedPlugin.ts';
import type { Scheduler } from './scheduling/Scheduler.ts';
import type { Clock } from './time.ts';

/** How the bot is, for operators: no secrets, nothing personal. */
export class Status {
  readonly #database: Database;
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #plugins: readonly MountedPlugin[];
  readonly #intake: Intake;
  readonly #scheduler: Scheduler;

  constructor(parts: {
    database: Database;
    gateway: Gateway;
    clock: Clock;
    plugins: readonly MountedPlugin[];
    intake: Intake;
    scheduler: Scheduler;
  }) {
    this.#database = parts.database;
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
    this.#plugins = parts.plugins;
    this.#intake = parts.intake;
    this.#scheduler = parts.scheduler;
  }

  /** Whether the bot takes messages now. */
  get ready(): boolean {
    return this.#gateway.state === 'live';
  }

  /** Everything that is known of the bot's state; plugins' own keys come behind the kernel's. */
  async report(): Promise<Record<string, unknown>> {
    const { state, reason } = this.#database;
    const kernel = {
      status: 'ok',
      database: state,
      uptime: process.uptime(),
      timestamp: new Date(this.#clock.now()).toISOString(),
      ...(reason === undefined ? {} : { databaseReason: reason }),
      journal: this.#journal(),
      discord: { state: this.#gateway.state, turnsInHand: this.#intake.inHand },
      scheduler: this.#scheduler.state,
      plugins: Object.fromEntries(this.#plugins.map((mounted) => [mounted.plugin.name, describe(mounted)])),
    };
    const ofPlugins = await Promise.all(this.#plugins.map((mounted) => mounted.health()));
    // The kernel's keys once more at the end: no plugin may speak for it.
    return Object.assign({}, kernel, ...ofPlugins, kernel);
  }

  /** What waits on this instance's disk: writes for the database, answers for Discord. */
  #journal(): Record<string, unknown> {
    const { journal } = this.#database;
    const { oldest } = journal;
    return {
      writes: journal.depth('write'),
      answers: journal.depth('answer') + journal.depth('callback'),
      bytes: journal.bytes,
      ...(oldest === undefined ? {} : { oldestAgeSeconds: Math.max(0, Math.round((Date.now() - oldest) / 1_000)) }),
      deadLetters: journal.deadLetters.size,
    };
  }
}

const describe = ({ reason }: MountedPlugin): Record<string, unknown> =>
  reason === undefined ? { state: 'running' } : { state: 'parked', reason };
