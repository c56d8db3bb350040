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
}
