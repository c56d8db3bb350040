import { MovableTime } from '../simulator/MovableTime.ts';
import type { TestClock } from './ControlledClock.ts';

/**
 * The time in which a test bot lives: the real one, until a test advances it. Then the whole process is ahead (`Date`, and
 * with it the bot, the simulated Discord and the embedded database), and so is the bot's PostgreSQL. Timers are not.
 */
export class BotClock implements TestClock, Disposable {
  #time: MovableTime | undefined;
  #moved: Promise<void> = Promise.resolve();
  readonly #moveDatabase: (milliseconds: number) => Promise<void>;

  constructor(moveDatabase: (milliseconds: number) => Promise<void>) {
    this.#moveDatabase = moveDatabase;
  }

  now(): number {
    return Date.now();
  }

  at(milliseconds: number): Date {
    return new Date(this.now() + milliseconds);
  }

  advance(milliseconds: number): Promise<void> {
    this.#time ??= new MovableTime();
    this.#time.advance(milliseconds);
    this.#moved = this.#moved.then(() => this.#moveDatabase(milliseconds));
    return this.#moved;
  }

  /** Settles when the database has followed. */
  get moved(): Promise<void> {
    return this.#moved;
  }

  [Symbol.dispose](): void {
    this.#time?.[Symbol.dispose]();
  }
}
