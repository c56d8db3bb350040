import type { Intake } from './conversation/Intake.ts';
import type { Database } from './database/Database.ts';
import type { Gateway } from './discord/Gateway.ts';
import type { MountedPlugin } from './MountedPlugin.ts';
import type { Clock } from './time.ts';

/** How the bot is, for operators: no secrets, nothing personal. */
export class Status {
  readonly #database: Database;
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #plugins: readonly MountedPlugin[];
  readonly #intake: Intake;

  constructor(parts: {
    database: Database;
    gateway: Gateway;
    clock: Clock;
    plugins: readonly MountedPlugin[];
    intake: Intake;
  }) {
    this.#database = parts.database;
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
    this.#plugins = parts.plugins;
    this.#intake = parts.intake;
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
      discord: { state: this.#gateway.state, turnsInHand: this.#intake.inHand },
      plugins: Object.fromEntries(this.#plugins.map((mounted) => [mounted.plugin.name, describe(mounted)])),
    };
    const ofPlugins = await Promise.all(this.#plugins.map((mounted) => mounted.health()));
    // The kernel's keys once more at the end: no plugin may speak for it.
    return Object.assign({}, kernel, ...ofPlugins, kernel);
  }
}

const describe = ({ reason }: MountedPlugin): Record<string, unknown> =>
  reason === undefined ? { state: 'running' } : { state: 'parked', reason };
