/** Who is a moderator and who an admin, by Discord user id; an admin is a moderator too. */
export class Roles {
  readonly #admins: ReadonlySet<string>;
  readonly #moderators: ReadonlySet<string>;

  constructor(adminIds: readonly string[], moderatorIds: readonly string[]) {
    this.#admins = new Set(adminIds);
    this.#moderators = new Set([...adminIds, ...moderatorIds]);
  }

  isAdmin(userId: string): boolean {
    return this.#admins.has(userId);
  }

  isModerator(userId: string): boolean {
    return this.#moderators.has(userId);
  }

  /** Whether one may act on another: nobody does on somebody of the same or a higher role, nor on themselves. */
  outranks(userId: string, otherId: string): boolean {
    return this.#rank(userId) > this.#rank(otherId);
  }

  #rank(userId: string): number {
    return Number(this.isModerator(userId)) + Number(this.isAdmin(userId));
  }
}
