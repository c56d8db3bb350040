import type { Log } from '../log/createLog.ts';
import { giveUp } from './giveUp.ts';
import type { BoundHooks, Erased, HookName } from './Hooks.ts';
import { hookDeadlines } from './hookDeadlines.ts';
import { inStage } from './stages.ts';
import type { Draft, ForgetRequest, Later, Outcome, Recollection, Reply, Turn } from './Turn.ts';

const nothing: Recollection = { history: [], warnings: 0 };

/** What came of asking every plugin: their results by plugin, and the plugins that failed. */
export interface Gathered<Result> {
  readonly results: Readonly<Record<string, Result>>;
  readonly failed: readonly string[];
}

/** Runs the plugins' conversation hooks, each kind with its one failure policy. */
export class HookRunner {
  readonly #plugins: readonly BoundHooks[];
  readonly #log: Log;
  readonly #deadlines: Readonly<Record<HookName, number>>;
  /** What is being recorded just now, and of whom. */
  readonly #recordings = new Map<Promise<unknown>, string>();

  constructor(plugins: readonly BoundHooks[], log: Log, deadlines = hookDeadlines(0)) {
    this.#plugins = plugins;
    this.#log = log;
    this.#deadlines = deadlines;
  }

  /** All side by side, merged; who fails is left out. */
  async recall(turn: Turn): Promise<Recollection> {
    const { results } = await inStage(
      'recall',
      of(turn),
      () => this.#all('recall', (hooks) => hooks.recall?.(turn, undefined)),
      toEnd,
    );
    return Object.assign({}, nothing, ...Object.values(results));
  }

  /** One after the other, the first answer wins; a failure is the caller's. */
  async respond(turn: Turn, recollection: Recollection, draft: Draft): Promise<Reply | Later> {
    for (const plugin of this.#plugins) {
      const reply = await this.#run(plugin, 'respond', (hooks) =>
        hooks.respond?.(turn, recollection, draft, undefined),
      );
      if (reply !== undefined) return reply;
    }
    throw new Error(
      'No plugin answers turns: add one with a respond hook, for example n8n-bridge, or see whether it runs (!plugins).',
    );
  }

  /** All side by side; failures are logged. */
  async record(turn: Turn, outcome: Outcome): Promise<void> {
    const recording = inStage(
      'record',
      of(turn),
      () => this.#all('record', (hooks) => hooks.record?.(turn, outcome, undefined)),
      toEnd,
    );
    this.#recordings.set(recording, turn.userId);
    await recording;
    this.#recordings.delete(recording);
  }

  /** All side by side, what the person has been answered included; the caller tells the person who failed. */
  async forget(request: ForgetRequest): Promise<Gathered<Erased>> {
    await this.#recorded(request.userId);
    return this.#all('forget', (hooks) => hooks.forget?.(request, undefined));
  }

  /** All side by side, what the person has been answered included; the caller tells the person who failed. */
  async exportData(userId: string): Promise<Gathered<Readonly<Record<string, unknown>>>> {
    await this.#recorded(userId);
    return this.#all('exportData', (hooks) => hooks.exportData?.(userId, undefined));
  }

  /** What stays although a person is forgotten, as the plugins call it. */
  get kept(): string[] {
    return this.#plugins.flatMap(({ keeps }) => keeps ?? []);
  }

  async #recorded(userId: string | undefined): Promise<void> {
    const ofPerson = [...this.#recordings].filter(([, person]) => userId === undefined || person === userId);
    await Promise.all(ofPerson.map(([recording]) => recording));
  }

  async #all<Result>(
    hook: HookName,
    call: (hooks: BoundHooks['hooks']) => Promise<Result> | undefined,
  ): Promise<Gathered<Result>> {
    const failures = new Set<string>();
    const asked = this.#plugins.filter(({ hooks }) => hooks[hook] !== undefined);
    const answers = await Promise.all(
      asked.map((bound) =>
        this.#run(bound, hook, call).catch((error: unknown) => {
          const { plugin } = bound;
          this.#log.error({ err: error, plugin, hook }, 'A plugin failed; the others went on.');
          failures.add(plugin);
        }),
      ),
    );
    // In the plugins' order, whoever was first to finish.
    const results: Record<string, Result> = {};
    const failed: string[] = [];
    for (const [index, { plugin }] of asked.entries()) {
      const result = answers[index];
      if (result !== undefined) results[plugin] = result as Result;
      if (failures.has(plugin)) failed.push(plugin);
    }
    return { results, failed };
  }

  async #run<Result>(
    { hooks, onEnd }: BoundHooks,
    hook: HookName,
    call: (hooks: BoundHooks['hooks']) => Promise<Result> | undefined,
  ): Promise<Result | undefined> {
    try {
      const running = call(hooks);
      // There is none, or its plugin does not run.
      if (running === undefined) return undefined;
      const result = await giveUp(hook, Promise.resolve(running), this.#deadlines[hook]);
      onEnd?.(hook, {});
      return result;
    } catch (error) {
      onEnd?.(hook, { error });
      throw error;
    }
  }
}

const of = ({ id, userId }: Turn) => ({ turnId: id, userId });

const toEnd = ({ failed }: Gathered<unknown>) => ({ outcome: failed.length > 0 ? 'in part' : 'done' });
