/** What a repository in memory does besides its contract, so that it can stand in for the database when that is away. */
export interface Mirror {
  /** Drops what is known of a person: somebody else changed it. */
  evict(person: string): void;
  /** Erases what is from before a moment, of one person or (undefined) of everyone; what arrives later from before it stays out. */
  forget(person: string | undefined, before: Date, scope: 'conversations' | 'everything'): void;
  /** Drops everything that is known, but not the moments of erasure. */
  clear(): void;
}
