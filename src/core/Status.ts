import type { Intake } from './conversation/Intake.ts';
import type { Database } from './database/Database.ts';
import type { Gateway } from './discord/Gateway.ts';
import { hideSecrets } from './log/hideSecrets.ts';
import type { Standing } from './MountedPlugin.ts';
import type { PluginControl } from './PluginControl.ts';
import type { Scheduler } from './scheduling/Scheduler.ts';
import type { Clock } from './time.ts';

/** How the bot is, for operators: no secrets, nothing personal. */
export class Status {
  readonly #database: Database;
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #plugins: PluginControl;
  readonly #intake: Intake;
  readonly #scheduler: Scheduler;
  readonly #hide: ReturnType<typeof hideSecrets>;

  constructor(parts: {
    database: Database;
    gateway: Gateway;
    clock: Clock;
    plugins: PluginControl;
    intake: Intake;
    scheduler: Scheduler;
    /** What errors of others may quote. */
    secrets: readonly string[];
  }) {
    this.#database = parts.database;
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
    this.#plugins = parts.plugins;
    this.#intake = parts.intake;
    this.#scheduler = parts.scheduler;
    this.#hide = hideSecrets(parts.secrets);
  }

  /** Whether the bot takes messages now. */
  get ready(): boolean {
    return this.#gateway.state === 'live';
  }

  /** How each plugin is, by name. */
  get plugins(): Readonly<Record<string, Standing>> {
    return Object.fromEntries(this.#plugins.list().map(({ name, ...standing }) => [name, standing]));
  }

  /** Everything that is known of the bot's state; plugins' own keys come behind the kernel's. */
  async report(): Promise<Record<string, unknown>> {
    const { state, reason } = this.#database;
    const kernel = {
      status: 'ok',
      database: state,
      uptime: process.uptime(),
      timestamp: new Date(this.#clock.now()).toISOString(),
      ...(reason === undefined ? {} : { databaseReason: this.#hide(reason) }),
      journal: this.#journal(),
      discord: { state: this.#gateway.state, turnsInHand: this.#intake.inHand },
      scheduler: this.#hide(this.#scheduler.state),
      plugins: this.plugins,
    };
    const ofPlugins = await this.#plugins.health();
    // The kernel's keys once more at the end: no plugin may speak for it.
    return Object.assign({}, kernel, ...this.#hide(JSON.parse(JSON.stringify(ofPlugins))), kernel);
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
