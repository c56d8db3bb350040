import { KernelError } from '../errors.ts';
import { describeError } from '../log/describeError.ts';
import type { MountedPlugin, Standing, Surroundings } from '../MountedPlugin.ts';
import type { Clock } from '../time.ts';

/** Starts plugins and has them rest, those that need them with them. One change at a time: the caller sees to that. */
export class PluginLife {
  readonly #plugins: readonly MountedPlugin[];
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;

  /** `plugins` in the order in which they start: each behind those whose services it requires. */
  constructor(plugins: readonly MountedPlugin[], surroundings: Surroundings, clock: Clock) {
    this.#plugins = plugins;
    this.#surroundings = surroundings;
    this.#clock = clock;
  }

  /** Starts a plugin, and those that waited for it. One that does not start is parked. @throws KernelError at the boot, for what ends it */
  async start(plugin: MountedPlugin, isBoot = false): Promise<void> {
    const missing = this.missing(plugin);
    if (missing) return this.leaveOut(plugin, this.#waiting(missing));
    try {
      await plugin.start(this.#surroundings);
    } catch (error) {
      if (isBoot) refuseBoot(plugin, error);
      return this.#park(plugin, error, isBoot ? 'error' : 'warn');
    }
    plugin.budget.begin(this.#clock.now());
    if (isBoot) return;
    for (const other of this.dependants(plugin)) if (isWaiting(other.standing)) await this.start(other);
  }

  /**
   * Does not start a plugin. Its services are made all the same: what the journal holds of it can be brought in, and its
   * people's rows shown and erased.
   */
  async leaveOut(plugin: MountedPlugin, standing: Standing): Promise<void> {
    await plugin.rest(standing);
    const resting = this.#plugins.filter(({ isRunning }) => !isRunning);
    try {
      plugin.prepare(Object.assign({}, ...resting.map(({ services }) => services)));
    } catch (error) {
      plugin.context.log.warn({ err: error }, 'The services of a plugin that does not run cannot be made.');
    }
  }

  /** Has a plugin rest; what needs it is parked until it is back. */
  async rest(plugin: MountedPlugin, standing: Standing): Promise<void> {
    const { name } = plugin.plugin;
    const taken = this.dependants(plugin).filter(({ isRunning }) => isRunning);
    for (const other of taken.toReversed())
      await other.rest({
        state: 'parked',
        reason: `It needs the plugin "${name}", which is ${standing.state}.`,
        since: this.#now(),
      });
    await plugin.rest(standing);
  }

  /** Quarantines a plugin whose budget is used up, unless it has to stay. */
  async quarantine(plugin: MountedPlugin, what: string, error: unknown): Promise<void> {
    if (!plugin.isRunning) return;
    const { log } = plugin.context;
    if (whyItStays(plugin) !== undefined) {
      plugin.budget.begin(this.#clock.now());
      log.error({ err: error, what }, 'The plugin keeps failing, and runs on, because the bot cannot do without it.');
      return;
    }
    const { type, code } = describeError(error);
    // Not its message, which may hold what a person wrote: the log has it.
    const reason = `It kept failing in ${what}: ${[type, code].filter(Boolean).join(' ')}.`;
    const standing = this.#untilLater(plugin, { state: 'quarantined', reason });
    log.error(
      { err: error, what, nextAttempt: standing.nextAttempt },
      'The plugin keeps failing and is quarantined; the others run.',
    );
    await this.rest(plugin, standing);
  }

  /** Tries those again whose time has come. */
  async retry(): Promise<void> {
    const now = this.#clock.now();
    for (const plugin of this.#plugins) {
      const { nextAttempt, since } = plugin.standing;
      // Clocks are set back now and then.
      if (nextAttempt === undefined || (now < nextAttempt.getTime() && now >= Number(since))) continue;
      await this.start(plugin);
      if (plugin.isRunning) plugin.context.log.info('The plugin runs again.');
    }
  }

  /** Those that require a service of this one, or of those that do, in the order in which they start. */
  dependants({ plugin: { services = {} } }: MountedPlugin): MountedPlugin[] {
    const direct = this.#plugins.filter(({ plugin }) => plugin.requires?.some((service) => service in services));
    const all = new Set(direct.flatMap((dependant) => [dependant, ...this.dependants(dependant)]));
    return this.#plugins.filter((plugin) => all.has(plugin));
  }

  /** The first service that a plugin requires and that is not there, with the plugin that would provide it. */
  missing({ plugin: { requires = [] } }: MountedPlugin): { service: string; provider: MountedPlugin } | undefined {
    for (const service of requires) {
      const provider = this.#plugins.find(({ plugin }) => service in (plugin.services ?? {}));
      if (provider && !provider.isRunning) return { service, provider };
    }
    return undefined;
  }

  #waiting({ service, provider }: { service: string; provider: MountedPlugin }): Standing {
    const reason = `It needs the service "${service}", whose plugin is ${provider.standing.state}.`;
    return { state: 'parked', reason, since: this.#now() };
  }

  async #park(plugin: MountedPlugin, error: unknown, level: 'error' | 'warn'): Promise<void> {
    const { state } = plugin.standing;
    const reason = describeError(error).message;
    const standing = this.#untilLater(plugin, { state: state === 'quarantined' ? state : 'parked', reason });
    plugin.context.log[level](
      { err: error, nextAttempt: standing.nextAttempt },
      'The plugin did not start and is parked; the others run.',
    );
    await plugin.rest(standing);
  }

  #untilLater(plugin: MountedPlugin, standing: Standing): Standing {
    const since = this.#now();
    const pause = plugin.budget.rest(since.getTime());
    return { ...standing, since, nextAttempt: new Date(since.getTime() + pause) };
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Why a plugin cannot be switched off; undefined where it can. */
export const whyItStays = ({ plugin: { essential, stays } }: MountedPlugin): string | undefined =>
  stays ?? (essential ? 'The bot cannot do without it.' : undefined);

// For another plugin, not for a moment.
const isWaiting = ({ state, nextAttempt }: Standing): boolean => state === 'parked' && nextAttempt === undefined;

function refuseBoot({ plugin: { name, essential } }: MountedPlugin, error: unknown): void {
  if (error instanceof KernelError) throw error;
  const message = `The essential plugin "${name}" did not start: ${describeError(error).message}`;
  if (essential) throw new KernelError('PluginFailed', message, { cause: error });
}
