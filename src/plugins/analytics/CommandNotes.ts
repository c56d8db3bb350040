import type { Database, PluginContext } from '#core';

/** A command that runs, as the journal keeps it until it is counted. */
export interface CommandNote {
  readonly messageId: string;
  readonly userId: string;
  readonly username: string;
  readonly command: string;
  /** When it was written, ISO 8601. */
  readonly at: string;
}

type Journal = Database['journal'];
type Log = PluginContext['log'];
type Entry = Awaited<ReturnType<Journal['append']>>;

const kind = 'command';

/**
 * Notes in the journal which commands run, until they are counted: a command is answered before it is counted, and a
 * crash in between must not lose it. (A chat is noted by the kernel, with its answer.)
 */
export class CommandNotes {
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #entries = new Map<string, Promise<Entry | undefined>>();

  constructor(journal: Journal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  /** A command runs. */
  async begin(note: CommandNote): Promise<void> {
    const entry = this.#append(note);
    this.#entries.set(note.messageId, entry);
    await entry;
  }

  /** It is counted. */
  async end(messageId: string): Promise<void> {
    const entry = await this.#entries.get(messageId);
    this.#entries.delete(messageId);
    if (entry) this.#journal.settle([entry]);
  }

  /** Hands out what an earlier run did not count. */
  async countLeftovers(count: (note: CommandNote) => Promise<void>): Promise<void> {
    for (const entry of await Array.fromAsync(this.#leftovers())) {
      try {
        await count(entry.body as CommandNote);
      } catch (error) {
        this.#log.error({ err: error, entry: entry.id }, 'A command of an earlier run could not be counted.');
      }
      this.#journal.settle([entry]);
    }
  }

  async #append(note: CommandNote): Promise<Entry | undefined> {
    try {
      return await this.#journal.append(kind, note, { person: note.userId });
    } catch (error) {
      this.#log.warn({ err: error, messageId: note.messageId }, 'A crash right now would leave a command uncounted.');
      return undefined;
    }
  }

  async *#leftovers(): AsyncGenerator<Entry> {
    let read = await this.#journal.read(undefined, 200);
    for (; read.entries.length > 0; read = await this.#journal.read(read.next, 200))
      yield* read.entries.filter((entry) => entry.kind === kind);
  }
}
