import type { MovableTime } from '../MovableTime.ts';
import type { EventFeed } from './EventFeed.ts';
import type { BotStatus, Insight } from './Insight.ts';
import type { Trouble, TroubleState } from './Trouble.ts';

/** What changes around the conversation: the `situation` event. */
export type Situation = {
  /** Undefined where nobody tells. */
  bot: BotStatus | undefined;
  trouble: TroubleState;
  /** How far the clock is ahead of the real one in milliseconds; undefined where it cannot be moved. */
  ahead: number | undefined;
  /** Whether the database takes its time from this process. */
  isEmbedded: boolean;
};

type Parts = { trouble: Trouble; insight: Insight | undefined; time: MovableTime | undefined; isEmbedded: boolean };

/** Between two looks; a page that shows a fault later than that would look as if it had missed it. */
const LOOK_MS = 300;

/** Tells every page of the situation when it has changed. */
export class SituationWatch {
  readonly #parts: Parts;
  readonly #feed: EventFeed;
  readonly #timer = setInterval(() => this.tell(), LOOK_MS).unref();
  #told = '';

  constructor(parts: Parts, feed: EventFeed) {
    this.#parts = parts;
    this.#feed = feed;
  }

  get now(): Situation {
    const { trouble, insight, time, isEmbedded } = this.#parts;
    return { bot: insight?.status(), trouble: trouble.state, ahead: time?.ahead, isEmbedded };
  }

  /** Looks at once. */
  tell(): void {
    const { now } = this;
    const text = JSON.stringify(now);
    if (text === this.#told) return;
    this.#told = text;
    this.#feed.send('situation', now);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
