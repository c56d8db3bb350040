import { randomBytes } from 'node:crypto';
import { Session } from './Session.ts';

const CAPACITY = 16;

/** Who is logged in, and who was until a moment ago and may come back; of the latter 16 at most. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  get connected(): number {
    return [...this].filter((session) => session.connection?.open).length;
  }

  start(intents: number, shard: readonly [number, number]): Session {
    this.#forgetLost();
    const session = new Session(randomBytes(16).toString('hex'), intents, shard);
    this.#sessions.set(session.id, session);
    return session;
  }

  /** A session that can still be resumed. */
  find(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    return session?.expired ? undefined : session;
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }

  clear(): void {
    this.#sessions.clear();
  }

  #forgetLost(): void {
    const lost = [...this].filter((session) => !session.connection);
    for (const [index, session] of lost.entries()) {
      if (session.expired || index <= lost.length - CAPACITY) this.end(session.id);
    }
  }
}
