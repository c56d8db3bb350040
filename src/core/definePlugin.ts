import type { EntitySchema } from '@mikro-orm/core';
import type { Command, Container, InteractionHandler, Listener, Precondition } from '@sapphire/framework';
import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { EnvironmentSchema } from './config.ts';
import type { ConversationHooks } from './conversation/Hooks.ts';
import type { Log } from './log/createLog.ts';

/** What a plugin's own functions get: its part of the environment, everyone's services, and a log under its name. */
export interface PluginContext<Env extends EnvironmentSchema = EnvironmentSchema> {
  readonly env: z.output<Env>;
  readonly container: Container;
  readonly log: Log;
}

type Awaitable<T> = T | Promise<T>;
// A piece's class; Sapphire constructs it.
type PieceClass<Piece> = abstract new (...parameters: never[]) => Piece;

/** The pieces that a plugin or the bot itself brings, by their names. */
export interface Pieces {
  readonly commands?: Readonly<Record<string, PieceClass<Command>>>;
  readonly listeners?: Readonly<Record<string, PieceClass<Listener>>>;
  readonly preconditions?: Readonly<Record<string, PieceClass<Precondition>>>;
  /** What answers to buttons and the like. */
  readonly interactionHandlers?: Readonly<Record<string, PieceClass<InteractionHandler>>>;
  /** What runs by itself, at the times that the piece's `pattern` or `interval` names. */
  readonly tasks?: Readonly<Record<string, PieceClass<ScheduledTask>>>;
}

/** A plugin's table of contents: everything it adds to the bot stands here and goes away together. */
export interface PluginDefinition<Env extends EnvironmentSchema = EnvironmentSchema> extends Pieces {
  readonly name: string;
  /** A plugin that fails to start is parked while the bot goes on; an essential one ends the boot. */
  readonly essential?: boolean;
  /** Why the plugin is neither switched off nor quarantined while the bot runs; a sentence that the admin reads. */
  readonly stays?: string;
  /** The environment variables that the plugin reads. */
  readonly env?: Env;
  /** Rules of the environment that the database's functions follow too: rows of the `settings` table. */
  readonly settings?: (env: z.output<Env>) => Readonly<Record<string, string | number>>;
  readonly entities?: readonly EntitySchema[];
  /**
   * What becomes of the entities' rows when a person is forgotten, where no `forget` hook erases them. `with the user`:
   * the SQL functions `forget_user` and `forget_everyone` do, for the tables that migrations note in `erased_with_user`.
   * `never`: they stay; the words name them in the answer to the person.
   */
  readonly erasure?: 'with the user' | { readonly never: string };
  /** What the plugin puts on the container, by name; each is made once, after everything in `requires`. */
  readonly services?: Readonly<Record<string, (context: PluginContext<Env>) => unknown>>;
  /** Services of other plugins that this one uses, by name. */
  readonly requires?: readonly string[];
  /** Services of other plugins that this one uses where they are there, by name; the container lacks them where not. */
  readonly uses?: readonly string[];
  readonly conversation?: ConversationHooks<PluginContext<Env>>;
  /** An encapsulated Fastify plugin: https://fastify.dev/docs/latest/Reference/Encapsulation/ */
  readonly routes?: (app: FastifyInstance, context: PluginContext<Env>) => Awaitable<void>;
  /** What the plugin adds to `/health`; no secrets, nothing personal. */
  readonly health?: (context: PluginContext<Env>) => Awaitable<Readonly<Record<string, unknown>>>;
  readonly start?: (context: PluginContext<Env>) => Awaitable<void>;
  readonly stop?: (context: PluginContext<Env>) => Awaitable<void>;
}

/** A plugin whose environment only it knows; what `definePlugin` makes and `defineConfig` lists. */
// biome-ignore lint/suspicious/noExplicitAny: the environment is the plugin's own business.
export type Plugin = PluginDefinition<any>;

/** Declares a plugin; see docs/ARCHITECTURE.md. */
export function definePlugin<const Env extends EnvironmentSchema = z.ZodObject>(
  definition: PluginDefinition<Env>,
): Plugin {
  return definition;
}
