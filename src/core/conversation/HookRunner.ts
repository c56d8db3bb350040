import type { Log } from '../log/createLog.ts';
import { giveUp } from './giveUp.ts';
import type { BoundHooks, Erased, HookName } from './Hooks.ts';
import { hookDeadlines } from './hookDeadlines.ts';
import { beginStage } from './stages.ts';
import type { Draft, ForgetRequest, Later, Outcome, Recollection, Reply, Turn } from './Turn.ts';

const nothing: Recollection = { history: [], warnings: 0 };
const failure = Symbol('a plugin that failed');

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
  /** Who has each hook: that stays as it is, whether a plugin runs or not. */
  readonly #having: Readonly<Record<HookName, readonly BoundHooks[]>>;
  /** What is being recorded just now, and of whom. */
  readonly #recordings = new Map<Promise<unknown>, string>();

  constructor(plugins: readonly BoundHooks[], log: Log, deadlines = hookDeadlines(0)) {
    this.#plugins = plugins;
    this.#log = log;
    this.#deadlines = deadlines;
    const having = (hook: HookName) => plugins.filter(({ hooks }) => hooks[hook] !== undefined);
    this.#having = {
      recall: having('recall'),
      respond: having('respond'),
      record: having('record'),
      forget: having('forget'),
      exportData: having('exportData'),
    };
  }

  /** All side by side, merged; who fails is left out. */
  async recall(turn: Turn): Promise<Recollection> {
    const ended = beginStage('recall', of(turn));
    const gathered = await this.#all('recall', (hooks) => hooks.recall?.(turn, undefined));
    ended(toEnd(gathered));
    return Object.assign({}, nothing, ...Object.values(gathered.results));
  }

  /** One after the other, the first answer wins; a failure is the caller's. */
  async respond(turn: Turn, recollection: Recollection, draft: Draft): Promise<Reply | Later> {
    for (const plugin of this.#having.respond) {
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
    const ended = beginStage('record', of(turn));
    const recording = this.#all('record', (hooks) => hooks.record?.(turn, outcome, undefined));
    this.#recordings.set(recording, turn.userId);
    const gathered = await recording;
    this.#recordings.delete(recording);
    ended(toEnd(gathered));
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
    const asked = this.#having[hook];
    const answers = await Promise.all(
      asked.map((bound) =>
        this.#run(bound, hook, call).catch((error: unknown): typeof failure => {
          this.#log.error({ err: error, plugin: bound.plugin, hook }, 'A plugin failed; the others went on.');
          return failure;
        }),
      ),
    );
    // In the plugins' order, whoever was first to finish.
    const results: Record<string, Result> = {};
    const failed: string[] = [];
    for (const { plugin } of asked) {
      const answer = answers.shift();
      if (answer === failure) failed.push(plugin);
      else if (answer !== undefined) results[plugin] = answer;
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
