import type { APIMessage } from 'discord.js';

interface Waiter {
  matches: (message: APIMessage) => boolean;
  take: (message: APIMessage) => void;
  fail: (reason: unknown) => void;
}

const CAPACITY = 1_000;

/** Hands each message of the bot to one waiting test or page, once; what nobody waits for stays until asked for. */
export class Inbox {
  readonly #owner: string;
  readonly #waiters = new Set<Waiter>();
  #unread: APIMessage[] = [];

  constructor(owner: string) {
    this.#owner = owner;
  }

  deliver(message: APIMessage): void {
    for (const waiter of this.#waiters) {
      try {
        if (!waiter.matches(message)) continue;
      } catch (error) {
        waiter.fail(error);
        continue;
      }
      waiter.take(message);
      return;
    }
    this.#unread.push(message);
    if (this.#unread.length > CAPACITY) this.#unread.shift();
  }

  /** The oldest unread message that matches, or the first to come; rejects after `timeoutMs` and names what is unread. */
  next(matches: (message: APIMessage) => boolean, timeoutMs: number): Promise<APIMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<APIMessage>();
    const index = this.#unread.findIndex(matches);
    const [unread] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (unread) {
      resolve(unread);
      return promise;
    }
    const waiter: Waiter = {
      matches,
      take: (message) => settle(() => resolve(message)),
      fail: (reason) => settle(() => reject(reason)),
    };
    const timer = setTimeout(() => waiter.fail(new Error(this.#complaint(timeoutMs))), timeoutMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
      finish();
    };
    this.#waiters.add(waiter);
    return promise;
  }

  /** Rejects everyone who still waits. */
  close(): void {
    for (const waiter of this.#waiters) waiter.fail(new Error(`The simulator stopped while ${this.#owner} waited.`));
    this.#unread = [];
  }

  #complaint(timeoutMs: number): string {
    const heard = this.#unread.map((message) => JSON.stringify(message.content.slice(0, 200)));
    const rest = heard.length === 0 ? 'nothing is unread' : `unread: ${heard.slice(-20).join(', ')}`;
    return `${this.#owner} did not hear the expected message within ${timeoutMs} ms; ${rest}.`;
  }
}
