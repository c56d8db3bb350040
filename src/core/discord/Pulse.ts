import { type Client, Events } from 'discord.js';

/** What Discord asks for, in milliseconds: https://discord.com/developers/docs/events/gateway#heartbeats */
const usualInterval = 41_250;
/** So many intervals without a word: an answer to a heartbeat is missing, which comes in each of them. */
const patience = 1.5;

/** Feels whether the gateway still says anything: an event, or that it got a heartbeat. */
export class Pulse {
  /** By the monotonic clock. */
  #heardAt = performance.now();
  #interval = usualInterval;

  constructor(client: Client) {
    const hear = (): void => {
      this.#heardAt = performance.now();
    };
    client.on(Events.Raw, hear);
    // discord.js tells of heartbeats in no other way.
    client.on(Events.Debug, (text) => {
      const [, interval] = /starting to beat every (\d+)ms/.exec(text) ?? [];
      if (interval !== undefined) this.#interval = Number(interval);
      if (text.includes('Heartbeat acknowledged')) hear();
    });
  }

  /** Milliseconds since the gateway said something. */
  get silence(): number {
    return performance.now() - this.#heardAt;
  }

  /** Whether the connection is dead, be it that nobody closed it. */
  get isLost(): boolean {
    return this.silence > patience * this.#interval;
  }
}
