import { UnavailableError } from '../database/Availability.ts';
import type { Database } from '../database/Database.ts';
import type { RepositoryCall } from '../database/resilient.ts';

/** The switches' name in the journal. */
const repository = 'plugins';

/**
 * Which plugins an admin has switched off, in the database's `settings`: the instances of a bot share it, and it
 * outlasts them. A row `plugin:NAME` holds `off` or `on` and the moment of the change, of which the latest stays.
 */
export class PluginSwitches {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.register(repository, (call) => this.#apply(call));
  }

  /** Since when each of them is off, by name. @throws UnavailableError */
  async read(): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.#database.attempt(() =>
      this.#database.query<{ name: string; value: string }>(
        "SELECT name, value FROM settings WHERE name LIKE 'plugin:%' AND value LIKE 'off %'",
      ),
    );
    return new Map(rows.map(({ name, value }) => [name.slice('plugin:'.length), new Date(value.slice('off '.length))]));
  }

  /** Whether what `read` tells is up to date: nothing waits in the journal that may change it. */
  get isCurrent(): boolean {
    return this.#database.isOpen(undefined);
  }

  /** Keeps a switch's position; while the database is away in the journal. @throws JournalError */
  async write(name: string, position: 'on' | 'off', at: Date): Promise<'kept' | 'journalled'> {
    const call: RepositoryCall = { method: 'set', parameters: [name, `${position} ${at.toISOString()}`] };
    if (!this.isCurrent) return this.#keep(call);
    try {
      await this.#database.attempt(() => this.#apply(call));
      return 'kept';
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      return this.#keep(call);
    }
  }

  // Not essential: where the disk takes nothing either, the admin is told, and waits for nobody.
  async #keep(call: RepositoryCall): Promise<'journalled'> {
    await this.#database.keep(repository, call, undefined, false);
    return 'journalled';
  }

  async #apply({ parameters: [name, value] }: RepositoryCall): Promise<void> {
    await this.#database.query(
      `INSERT INTO settings (name, value) VALUES ('plugin:' || $1::text, $2)
       ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value
       WHERE split_part(settings.value, ' ', 2) < split_part(EXCLUDED.value, ' ', 2)`,
      [name, value],
    );
  }
}
