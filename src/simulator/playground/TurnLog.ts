import type { TurnStage } from './Insight.ts';

/** The way of one message through the bot, as far as it has come; the message's id is its name. */
export type TurnView = {
  id: string;
  userId: string;
  stages: Pick<TurnStage, 'stage' | 'at' | 'duration' | 'outcome' | 'reason'>[];
  /** How it ended, when it has. */
  end?: Pick<TurnStage, 'at' | 'duration' | 'outcome' | 'reason'>;
};

const KEPT = 200;
const STAGES_KEPT = 50;

/** The last 200 turns, put together from the stages that the bot tells of. */
export class TurnLog {
  readonly #turns = new Map<string, TurnView>();

  get all(): readonly TurnView[] {
    return [...this.#turns.values()];
  }

  /** Adds a stage; returns the turn that it belongs to. */
  add({ turnId, userId, stage, ...step }: TurnStage): TurnView {
    const turn = this.#turns.get(turnId) ?? { id: turnId, userId, stages: [] };
    this.#turns.set(turnId, turn);
    if (stage === 'turn') turn.end = step;
    else if (turn.stages.length < STAGES_KEPT) turn.stages.push({ stage, ...step });
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > KEPT && oldest !== undefined) this.#turns.delete(oldest);
    return turn;
  }
}
