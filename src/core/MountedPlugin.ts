import { container } from '@sapphire/framework';
import type { BoundHooks, ConversationHooks } from './conversation/Hooks.ts';
import type { Pieces, Plugin, PluginContext } from './definePlugin.ts';
import { pieceStores } from './discord/pieceStores.ts';
import { KernelError } from './errors.ts';
import { describeError } from './log/describeError.ts';
import { seconds } from './time.ts';
import { withDeadline } from './withDeadline.ts';

/** A plugin in the bot: running, or parked with the reason why it could not start. */
export class MountedPlugin {
  readonly plugin: Plugin;
  readonly context: PluginContext;
  #reason: string | undefined;

  constructor(plugin: Plugin, env: Record<string, unknown>) {
    this.plugin = plugin;
    this.context = { env, container, log: container.log.child({ plugin: plugin.name }) };
  }

  /** Why the plugin is parked; undefined while it runs. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Makes the services, loads the pieces and starts the plugin; a failure parks it. */
  async mount(loadPieces: (owner: Pieces) => Promise<void>): Promise<void> {
    try {
      this.makeServices();
      await loadPieces(this.plugin);
      await this.plugin.start?.(this.context);
    } catch (error) {
      await this.#park(error);
    }
  }

  /** What the plugin says of its state; nothing while it is parked or cannot say. */
  async health(): Promise<Readonly<Record<string, unknown>>> {
    if (this.#reason !== undefined) return {};
    try {
      const said = Promise.resolve(this.plugin.health?.(this.context) ?? {});
      return await withDeadline(said, seconds(1));
    } catch (error) {
      this.context.log.error({ err: error }, 'The plugin could not say how it is.');
      return {};
    }
  }

  async stop(): Promise<void> {
    try {
      if (this.#reason === undefined) await this.plugin.stop?.(this.context);
    } catch (error) {
      this.context.log.error({ err: error }, 'The plugin did not stop cleanly.');
    } finally {
      this.#removeServices();
    }
  }

  /** The conversation hooks with this plugin's context; none while it is parked. */
  hooks(): BoundHooks {
    const { plugin, context } = this;
    const bound = Object.entries(plugin.conversation ?? {}).map(([name, hook]) => [
      name,
      (...parameters: unknown[]) =>
        this.#reason === undefined
          ? Reflect.apply(hook, plugin.conversation, [...parameters.slice(0, -1), context])
          : undefined,
    ]);
    const hooks = Object.fromEntries(bound) as ConversationHooks<undefined>;
    const keeps = typeof plugin.erasure === 'object' ? plugin.erasure.never : undefined;
    return { plugin: plugin.name, hooks, keeps };
  }

  /** Puts the plugin's services on the container. */
  makeServices(): void {
    for (const service of this.plugin.requires ?? []) {
      if (!(service in container)) throw new Error(`It needs the service "${service}", whose plugin is parked.`);
    }
    for (const [name, make] of Object.entries(this.plugin.services ?? {})) {
      Object.assign(container, { [name]: make(this.context) });
    }
  }

  #removeServices(): void {
    for (const name of Object.keys(this.plugin.services ?? {})) Reflect.deleteProperty(container, name);
  }

  async #park(error: unknown): Promise<void> {
    if (error instanceof KernelError) throw error;
    const { name, essential } = this.plugin;
    const reason = describeError(error).message;
    this.#reason = reason;
    if (essential)
      throw new KernelError('PluginFailed', `The essential plugin "${name}" did not start: ${reason}`, {
        cause: error,
      });
    this.context.log.error({ err: error }, 'The plugin did not start and is parked; the others run.');
    await unloadPieces(this.plugin);
    this.#removeServices();
  }
}

async function unloadPieces(owner: Pieces): Promise<void> {
  for (const [kind, store] of pieceStores) {
    for (const name of Object.keys(owner[kind] ?? {})) {
      if (container.stores.get(store).has(name)) await container.stores.get(store).unload(name);
    }
  }
}
