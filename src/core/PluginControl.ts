import { type SapphireClient, UserError } from '@sapphire/framework';
import { type ScheduledTask, ScheduledTaskEvents } from '@sapphire/plugin-scheduled-tasks';
import { isOwnFault } from './control/isOwnFault.ts';
import { PluginLife, whyItStays } from './control/PluginLife.ts';
import { PluginSwitches } from './control/PluginSwitches.ts';
import { GivenUpError } from './conversation/giveUp.ts';
import { UnavailableError } from './database/Availability.ts';
import type { Database } from './database/Database.ts';
import type { Log } from './log/createLog.ts';
import { hideSecrets } from './log/hideSecrets.ts';
import type { MountedPlugin, Standing, Surroundings } from './MountedPlugin.ts';
import { type Clock, seconds } from './time.ts';

/** A plugin, and how it is. */
export interface PluginReport extends Standing {
  readonly name: string;
}

/** Whether a switch's new position outlasts this run, and other instances hear of it: soon, when the database is back, or not. */
export type Kept = 'kept' | 'journalled' | 'nowhere';

interface Parts {
  readonly plugins: readonly MountedPlugin[];
  readonly surroundings: Surroundings;
  readonly database: Database;
  readonly client: SapphireClient;
  readonly clock: Clock;
  readonly log: Log;
  /** What the reasons may quote. */
  readonly secrets: readonly string[];
}

/** How often it is looked whether a plugin is to be tried again, and whether another instance has switched one. */
const intervals = { retries: seconds(1), switches: seconds(10) } as const;

/** Switches plugins off and on while the bot runs: by an admin's word, or because they keep failing. */
export class PluginControl {
  readonly #parts: Parts;
  readonly #life: PluginLife;
  readonly #switches: PluginSwitches;
  /** What this instance has switched and could keep nowhere. */
  readonly #unkept = new Set<string>();
  readonly #hide: ReturnType<typeof hideSecrets>;
  /** One change after the other; never rejects. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#hide = hideSecrets(parts.secrets);
    this.#life = new PluginLife(parts.plugins, parts.surroundings, parts.clock);
    this.#switches = new PluginSwitches(parts.database);
    for (const plugin of parts.plugins) plugin.listen((...end) => this.#hear(...end));
  }

  list(): PluginReport[] {
    return this.#parts.plugins.map(({ plugin: { name }, standing }) => {
      const { reason, ...rest } = standing;
      return { name, ...rest, ...(reason === undefined ? {} : { reason: this.#hide(reason) }) };
    });
  }

  /** What the running plugins say of themselves for `/health`. */
  health(): Promise<Readonly<Record<string, unknown>>[]> {
    return Promise.all(this.#parts.plugins.map((plugin) => plugin.health()));
  }

  /** Starts the plugins, but for those that are switched off. @throws KernelError for what ends the boot */
  async boot(): Promise<void> {
    const { log, plugins } = this.#parts;
    const off = await this.#switches.read().catch((error: unknown) => {
      if (!(error instanceof UnavailableError)) throw error;
      log.warn('Which plugins are switched off cannot be told while the database is away: all are started for now.');
    });
    for (const plugin of plugins) {
      const since = off?.get(plugin.plugin.name);
      if (since && whyItStays(plugin) === undefined) await this.#life.leaveOut(plugin, { state: 'disabled', since });
      else await this.#life.start(plugin, true);
    }
  }

  /** Looks after the plugins; returns the function that ends it. */
  watch(): () => Promise<void> {
    const { client, database, log } = this.#parts;
    let nextLook = performance.now() + intervals.switches;
    let isLooking = false;
    const look = async (): Promise<void> => {
      await this.#life.retry();
      if (performance.now() < nextLook) return;
      nextLook = performance.now() + intervals.switches;
      await this.#followSwitches();
    };
    const timer = setInterval(() => {
      if (isLooking) return;
      isLooking = true;
      this.#alone(look)
        .catch((error: unknown) => log.error({ err: error }, 'The plugins could not be looked after.'))
        .finally(() => {
          isLooking = false;
        });
    }, intervals.retries).unref();
    const stopHearing = database.onChange(() => {
      nextLook = 0;
    });
    client.on(ScheduledTaskEvents.ScheduledTaskSuccess, this.#onTaskSuccess);
    client.on(ScheduledTaskEvents.ScheduledTaskError, this.#onTaskError);
    return async () => {
      clearInterval(timer);
      stopHearing();
      client.off(ScheduledTaskEvents.ScheduledTaskSuccess, this.#onTaskSuccess);
      client.off(ScheduledTaskEvents.ScheduledTaskError, this.#onTaskError);
      await this.#changes;
    };
  }

  /** Stops all, the last one first. */
  async stop(): Promise<void> {
    await this.#changes;
    for (const plugin of this.#parts.plugins.toReversed()) await plugin.rest({ state: 'parked', reason: 'It stops.' });
  }

  /** Switches a plugin off until it is enabled again. @throws UserError UnknownPlugin, PluginIs, PluginStays, PluginNeeded */
  disable(name: string): Promise<Kept> {
    return this.#alone(async () => {
      const plugin = this.#find(name);
      const why = whyItStays(plugin);
      if (why !== undefined) refuse('PluginStays', { name, why });
      if (plugin.standing.state === 'disabled') refuse('PluginIs', { name, state: 'off' });
      const needing = this.#life.dependants(plugin).filter(({ isRunning }) => isRunning);
      if (needing.length > 0) refuse('PluginNeeded', { name, by: needing.map((other) => other.plugin.name) });
      plugin.context.log.warn('The plugin is disabled.');
      await this.#life.rest(plugin, { state: 'disabled', since: this.#now() });
      return this.#keep(name, 'off');
    });
  }

  /**
   * Switches a plugin on again, or tries one at once that is parked or quarantined.
   * @throws UserError UnknownPlugin, PluginIs, PluginNeeds, PluginDidNotStart
   */
  enable(name: string): Promise<Kept> {
    return this.#alone(async () => {
      const plugin = this.#find(name);
      if (plugin.isRunning) refuse('PluginIs', { name, state: 'on' });
      const missing = this.#life.missing(plugin);
      if (missing) refuse('PluginNeeds', { name, provider: missing.provider.plugin.name });
      plugin.context.log.warn('The plugin is enabled.');
      plugin.budget.forgive();
      await this.#life.start(plugin);
      const kept = await this.#keep(name, 'on');
      const { reason, nextAttempt } = plugin.standing;
      if (!plugin.isRunning) refuse('PluginDidNotStart', { name, reason, nextAttempt });
      return kept;
    });
  }

  #alone<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changes.then(change);
    this.#changes = changed.catch(() => undefined);
    return changed;
  }

  #now(): Date {
    return new Date(this.#parts.clock.now());
  }

  #find(name: string): MountedPlugin {
    const { plugins } = this.#parts;
    const found = plugins.find(({ plugin }) => plugin.name === name);
    return found ?? refuse('UnknownPlugin', { name, names: plugins.map(({ plugin }) => plugin.name) });
  }

  async #keep(name: string, position: 'on' | 'off'): Promise<Kept> {
    try {
      const kept = await this.#switches.write(name, position, this.#now());
      this.#unkept.delete(name);
      return kept;
    } catch (error) {
      this.#unkept.add(name);
      this.#parts.log.error({ err: error, plugin: name }, 'That a plugin was switched can be kept nowhere.');
      return 'nowhere';
    }
  }

  // Another instance may have switched them, or this one could not read them at its start.
  async #followSwitches(): Promise<void> {
    if (!this.#switches.isCurrent) return;
    const off = await this.#switches.read();
    for (const plugin of this.#parts.plugins) {
      const { name } = plugin.plugin;
      if (this.#unkept.has(name) || whyItStays(plugin) !== undefined) continue;
      const since = off.get(name);
      const isOff = plugin.standing.state === 'disabled';
      if ((since !== undefined) === isOff) continue;
      plugin.context.log.warn(`The plugin is ${since ? 'disabled' : 'enabled'}, as another instance has it.`);
      if (since) await this.#life.rest(plugin, { state: 'disabled', since });
      else await this.#life.start(plugin);
    }
  }

  #hear(plugin: MountedPlugin, what: string, { error }: { readonly error?: unknown }): void {
    if (!plugin.isRunning) return;
    if (error === undefined) plugin.budget.pass(what);
    // It may have waited for the database, or for a disk that is full.
    if (error instanceof GivenUpError && this.#parts.database.state !== 'connected') return;
    if (error === undefined || !isOwnFault(error) || !plugin.budget.fail(what, this.#parts.clock.now())) return;
    this.#alone(() => this.#life.quarantine(plugin, what, error)).catch((failure: unknown) =>
      plugin.context.log.error({ err: failure }, 'The plugin could not be quarantined.'),
    );
  }

  readonly #onTaskSuccess = ({ name }: ScheduledTask): void => this.#hearTask(name, {});

  readonly #onTaskError = (error: unknown, { name }: ScheduledTask): void => this.#hearTask(name, { error });

  #hearTask(name: string, end: { readonly error?: unknown }): void {
    const owner = this.#parts.plugins.find(({ plugin }) => name in (plugin.tasks ?? {}));
    if (owner) this.#hear(owner, `the task ${name}`, end);
  }
}

function refuse(identifier: string, context: object): never {
  throw new UserError({ identifier, context });
}
