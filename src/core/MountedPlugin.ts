import { container } from '@sapphire/framework';
import type { FastifyInstance } from 'fastify';
import { type Metric, Registry } from 'prom-client';
import { ErrorBudget } from './control/ErrorBudget.ts';
import type { BoundHooks, ConversationHooks } from './conversation/Hooks.ts';
import type { Pieces, Plugin, PluginContext } from './definePlugin.ts';
import { minutes, seconds } from './time.ts';
import { withDeadline } from './withDeadline.ts';

/**
 * Whether a plugin runs, and why not: `disabled` by an admin, `parked` because it or what it needs did not start,
 * `quarantined` because it kept failing.
 */
export interface Standing {
  readonly state: 'running' | 'disabled' | 'parked' | 'quarantined';
  readonly reason?: string;
  readonly since?: Date;
  /** When it is tried again; absent where that is not a matter of time. */
  readonly nextAttempt?: Date;
}

/** Where a running plugin's parts go; each returns what takes them away again. */
export interface Surroundings {
  loadPieces(owner: Pieces): Promise<() => Promise<void>>;
  /** What is taken away answers like an unknown address at once; the promise settles when the requests under way have ended. */
  openRoutes(plugin: string, routes: (app: FastifyInstance) => unknown): Promise<() => Promise<void>>;
  /** Has the scheduler run the tasks that are loaded now; settles when runs of those that are no more have ended. */
  followTasks(): Promise<void>;
  /** Has new mirrors know what waits in the journal. */
  remember(): Promise<unknown>;
}

/** Hears how a hook, or another thing that a running plugin does, ended. */
export type EndListener = (plugin: MountedPlugin, what: string, end: { readonly error?: unknown }) => void;

/** Milliseconds that a plugin has to start, to stop, and to end what is under way. */
const patience = { start: minutes(1), stop: seconds(10), underWay: seconds(5), health: seconds(1) } as const;

/** What is asked of a plugin whatever state it is in: what it keeps of people is theirs. */
const always: ReadonlySet<string> = new Set(['forget', 'exportData'] satisfies (keyof ConversationHooks<undefined>)[]);

/** A plugin in the bot: everything that it adds comes with its start and goes when it rests. */
export class MountedPlugin {
  readonly plugin: Plugin;
  readonly budget = new ErrorBudget();
  #context: PluginContext;
  #standing: Standing = { state: 'parked', reason: 'It has not been started yet.' };
  #services: Record<string, unknown> = {};
  #metrics = new Set<string>();
  #onEnd: EndListener = () => undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #undo: (() => unknown)[] = [];

  constructor(plugin: Plugin, env: Record<string, unknown>) {
    this.plugin = plugin;
    this.#context = { env, container, log: container.log.child({ plugin: plugin.name }) };
  }

  /** What the plugin's functions get; its services are there even while they are not on the bot's container. */
  get context(): PluginContext {
    return this.#context;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get isRunning(): boolean {
    return this.#standing.state === 'running';
  }

  /** Its services, as they were made last. */
  get services(): Readonly<Record<string, unknown>> {
    return this.#services;
  }

  /** Has this one hear how everything ends that the running plugin does. */
  listen(onEnd: EndListener): void {
    this.#onEnd = onEnd;
  }

  /**
   * Makes the services of a plugin that is not to run, so that its repositories are known and its rows can be shown and
   * erased. Nobody else gets them, or sees their metrics. `lent` are services of others that do not run either.
   */
  prepare(lent: Readonly<Record<string, unknown>>): void {
    this.#make(Object.assign(Object.create(container), lent), new Registry());
  }

  /** Puts the plugin's services on the container. */
  makeServices(): void {
    this.#undo.push(() => this.#removeServices());
    this.#make(Object.create(container), this.#notingMetrics(container.metrics));
    Object.assign(container, this.#services);
  }

  /** Starts the plugin with everything that it adds. @throws whatever keeps it from starting; nothing of it is left then */
  async start(surroundings: Surroundings): Promise<void> {
    const { plugin } = this;
    try {
      this.makeServices();
      await surroundings.remember();
      await withDeadline(Promise.resolve(plugin.start?.(this.context)), patience.start);
      this.#undo.push(() => withDeadline(Promise.resolve(plugin.stop?.(this.context)), patience.stop));
      this.#undo.push(() => this.#settled());
      const unload = await surroundings.loadPieces(plugin);
      this.#undo.push(async () => {
        await unload();
        this.#track(surroundings.followTasks());
      });
      this.#track(surroundings.followTasks());
      if (plugin.routes) {
        const routes = (app: FastifyInstance): unknown => plugin.routes?.(app, this.context);
        const close = await surroundings.openRoutes(plugin.name, routes);
        this.#undo.push(() => void this.#track(close()));
      }
      this.#standing = { state: 'running' };
    } catch (error) {
      await this.#takeAway();
      throw error;
    }
  }

  /** Takes away everything that the plugin added; what is under way ends first, if that does not take long. */
  async rest(standing: Standing): Promise<void> {
    this.#standing = standing;
    await this.#takeAway();
  }

  /** What the plugin says of its state; nothing while it does not run or cannot say. */
  async health(): Promise<Readonly<Record<string, unknown>>> {
    if (!this.isRunning) return {};
    try {
      const said = Promise.resolve(this.plugin.health?.(this.context) ?? {});
      const health = await withDeadline(said, patience.health);
      this.#onEnd(this, 'health', {});
      return health;
    } catch (error) {
      this.context.log.error({ err: error }, 'The plugin could not say how it is.');
      this.#onEnd(this, 'health', { error });
      return {};
    }
  }

  /** The conversation hooks with this plugin's context. */
  hooks(): BoundHooks {
    const { plugin } = this;
    const bound = Object.entries(plugin.conversation ?? {}).map(([name, hook]) => [
      name,
      (...parameters: unknown[]) =>
        this.isRunning || always.has(name)
          ? this.#track(Reflect.apply(hook, plugin.conversation, parameters.with(-1, this.context)))
          : undefined,
    ]);
    const hooks = Object.fromEntries(bound) as ConversationHooks<undefined>;
    const keeps = typeof plugin.erasure === 'object' ? plugin.erasure.never : undefined;
    return { plugin: plugin.name, hooks, keeps, onEnd: (hook, end) => this.#onEnd(this, hook, end) };
  }

  #make(inside: typeof container, metrics: Registry): void {
    this.#services = {};
    Object.defineProperty(inside, 'metrics', { value: metrics });
    this.#context = { ...this.#context, container: inside };
    for (const service of this.plugin.requires ?? []) {
      if (!(service in inside)) throw new Error(`It needs the service "${service}", whose plugin is parked.`);
    }
    for (const [name, make] of Object.entries(this.plugin.services ?? {})) {
      this.#services[name] = make(this.#context);
      Object.defineProperty(inside, name, { value: this.#services[name] });
    }
  }

  async #takeAway(): Promise<void> {
    for (let step = this.#undo.pop(); step !== undefined; step = this.#undo.pop()) {
      try {
        await step();
      } catch (error) {
        this.context.log.error({ err: error }, 'The plugin did not stop cleanly.');
      }
    }
  }

  // What is wrong with it is told to whoever waits for it.
  #track<T>(work: T): T {
    if (!(work instanceof Promise)) return work;
    const forget = (): unknown => this.#underWay.delete(ended);
    const ended = work.then(forget, forget);
    this.#underWay.add(ended);
    return work;
  }

  async #settled(): Promise<void> {
    await withDeadline(Promise.all(this.#underWay), patience.underWay).catch(() => {
      this.context.log.warn('Something of the plugin is still under way; it is not waited for.');
    });
  }

  #removeServices(): void {
    for (const [name, service] of Object.entries(this.#services))
      if (Reflect.get(container, name) === service) Reflect.deleteProperty(container, name);
    for (const name of this.#metrics) container.metrics.removeSingleMetric(name);
  }

  // The bot's registry, which would refuse the same metric at the next start.
  #notingMetrics(metrics: Registry): Registry {
    const names = new Set<string>();
    this.#metrics = names;
    const registerMetric = <Label extends string>(metric: Metric<Label>): void => {
      metrics.registerMetric(metric);
      names.add((metric as unknown as { name: string }).name);
    };
    return Object.create(metrics, { registerMetric: { value: registerMetric } });
  }
}
