/** What became of the last press of a button of each message, for as long as it is worth showing. */
export class Presses {
  #send;
  #states = new Map();
  #watcher;

  /** `send` presses the button and resolves with what became of it, or rejects when it could not be pressed at all. */
  constructor(send) {
    this.#send = send;
  }

  /** `watcher` is called with the id of the message whenever its state changes. */
  watch(watcher) {
    this.#watcher = watcher;
  }

  /** `{ customId, problem }`, without a problem while the bot is at it; undefined when there is nothing to show. */
  of(messageId) {
    return this.#states.get(messageId);
  }

  isWaiting(messageId) {
    const state = this.#states.get(messageId);
    return state !== undefined && state.problem === undefined;
  }

  /** One at a time: what is pressed while the bot is at it does not count. */
  async press(messageId, customId) {
    if (this.isWaiting(messageId)) return;
    this.#set(messageId, { customId });
    try {
      const outcome = await this.#send(messageId, customId);
      this.#set(messageId, outcome === 'failed' ? { customId, problem: 'This interaction failed' } : undefined);
    } catch (error) {
      this.#set(messageId, { customId, problem: error.message });
    }
  }

  #set(messageId, state) {
    if (state) this.#states.set(messageId, state);
    else this.#states.delete(messageId);
    this.#watcher?.(messageId);
  }
}
