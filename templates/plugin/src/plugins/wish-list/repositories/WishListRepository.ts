import type { WriteOptions } from '#core';

/** An entry of a person's list. */
export interface KeptEntry {
  /** The key of the write that it came from. */
  readonly key: string;
  readonly text: string;
  readonly at: Date;
}

/** A small list for each person; the database and its mirror in memory keep the same promises. */
export interface WishListRepository {
  add(discordId: string, username: string, text: string, options?: WriteOptions): Promise<void>;
  /** Takes the entry of a key away; one that is not there changes nothing. */
  remove(discordId: string, entry: string, options?: WriteOptions): Promise<void>;
  /** Oldest first; nothing that is older than the retention. */
  list(discordId: string): Promise<KeptEntry[]>;
}
