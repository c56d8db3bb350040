const REMEMBERED_MS = 5 * 60_000;
const CAPACITY = 10_000;

/**
 * Remembers which message a nonce made, for the "past few minutes" in which Discord honours `enforce_nonce`:
 * https://discord.com/developers/docs/resources/message#create-message
 */
export class NonceMemory<Made> {
  readonly #made = new Map<string, { made: Made; at: number }>();

  find(channelId: string, nonce: string | number): Made | undefined {
    const entry = this.#made.get(`${channelId}:${nonce}`);
    return entry && Date.now() - entry.at < REMEMBERED_MS ? entry.made : undefined;
  }

  remember(channelId: string, nonce: string | number, made: Made): void {
    const key = `${channelId}:${nonce}`;
    this.#made.delete(key);
    this.#made.set(key, { made, at: Date.now() });
    const [oldest] = this.#made.keys();
    if (this.#made.size > CAPACITY && oldest !== undefined) this.#made.delete(oldest);
  }
}
