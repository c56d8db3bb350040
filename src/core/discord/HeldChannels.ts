/** Which channels are in use: a message finds its channel in discord.js's cache, and the channel goes with its last user. */
export class HeldChannels {
  readonly #counts = new Map<string, number>();
  readonly #evict: (channelId: string, userId: string) => void;

  /** `evict` is called when nobody holds the channel any more. */
  constructor(evict: (channelId: string, userId: string) => void) {
    this.#evict = evict;
  }

  /** Keeps the channel from being evicted until the returned function is called; twice is once. */
  hold(channelId: string, userId: string): () => void {
    this.#counts.set(channelId, (this.#counts.get(channelId) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#counts.get(channelId) ?? 1) - 1;
      if (left > 0) {
        this.#counts.set(channelId, left);
        return;
      }
      this.#counts.delete(channelId);
      this.#evict(channelId, userId);
    };
  }
}
