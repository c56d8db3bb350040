import { Listener, UserError } from '@sapphire/framework';
import { BaseInteraction, Message } from 'discord.js';
import { type StageEvent, turnChannel } from '../core/conversation/stages.ts';

/** What the bot does about one message or one press. */
interface Work {
  /** The names of the listeners that run just now. */
  readonly running: string[];
  /** A UserError's identifier. */
  refusal: string | undefined;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Knows what the bot is doing about each message and press, by its id. Everything that becomes of one is done in
 * Sapphire's listeners, each of which begins before the one that called it ends: when none runs any more, it is over.
 */
class Activity {
  readonly #works = new Map<string, Work>();

  /** Whatever happens from now on about what has this id. */
  expect(id: string): Readonly<Work> {
    const work = { running: [], refusal: undefined, done: Promise.withResolvers<void>() };
    this.#works.set(id, work);
    return work;
  }

  forget(id: string): void {
    this.#works.delete(id);
  }

  refuse(id: string, identifier: string): void {
    const work = this.#works.get(id);
    if (work) work.refusal = identifier;
  }

  /** A listener runs. */
  async during(name: string, parameters: readonly unknown[], run: () => Promise<void>): Promise<void> {
    const id = idIn(parameters);
    const work = id === undefined ? undefined : this.#works.get(id);
    if (!work) return run();
    work.running.push(name);
    const [error] = parameters;
    if (error instanceof UserError) work.refusal = error.identifier;
    try {
      await run();
    } finally {
      work.running.splice(work.running.indexOf(name), 1);
      if (work.running.length === 0) work.done.resolve();
    }
  }
}

export const activity = new Activity();

turnChannel.subscribe((event) => {
  const { turnId, stage, outcome, reason } = event as StageEvent;
  if (stage === 'turn' && outcome === 'refused' && reason !== undefined) activity.refuse(turnId, reason);
});

type Run = (this: Listener, ...parameters: unknown[]) => Promise<void>;
// What Sapphire calls for each event, around the piece's own `run`.
const inside = Listener.prototype as unknown as { _run: Run };
const { _run: run } = inside;
inside._run = function (...parameters) {
  return activity.during(this.name, parameters, () => run.apply(this, parameters));
};

/** The message or the interaction that an event is about: one of its parameters, or within one, as Sapphire has it. */
function idIn(parameters: readonly unknown[]): string | undefined {
  for (const parameter of parameters) {
    const { message, interaction } = (parameter ?? {}) as { message?: unknown; interaction?: unknown };
    const found = [parameter, message, interaction].find(
      (value) => value instanceof BaseInteraction || value instanceof Message,
    );
    if (found) return (found as Message | BaseInteraction).id;
  }
  return undefined;
}
