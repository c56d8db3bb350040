import type { Database } from '../../src/core/database/Database.ts';
import type { Mirror } from '../../src/core/database/Mirror.ts';
import type { WriteOptions } from '../../src/core/database/WriteOptions.ts';

/** What the model's memory keeps of a turn. */
export interface Records {
  save(userId: string, messageId: string, text: string, options?: WriteOptions): Promise<void>;
  of(userId: string): Promise<string[]>;
}

export const recordsTable = `CREATE TABLE IF NOT EXISTS model_records (
  key text PRIMARY KEY, user_id text NOT NULL, message_id text NOT NULL, text text NOT NULL
)`;

class DatabaseRecords implements Records {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(userId: string, messageId: string, text: string, { key }: WriteOptions = {}): Promise<void> {
    await this.#database.query('INSERT INTO model_records VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING', [
      ...[key, userId, messageId, text],
    ]);
  }

  async of(userId: string): Promise<string[]> {
    const sql = 'SELECT message_id FROM model_records WHERE user_id = $1';
    return (await this.#database.query<{ message_id: string }>(sql, [userId])).map((row) => row.message_id);
  }
}

class MemoryRecords implements Records, Mirror {
  readonly #people = new Map<string, Set<string>>();

  async save(userId: string, messageId: string): Promise<void> {
    this.#people.set(userId, (this.#people.get(userId) ?? new Set()).add(messageId));
  }

  async of(userId: string): Promise<string[]> {
    return [...(this.#people.get(userId) ?? [])];
  }

  evict(person: string): void {
    this.#people.delete(person);
  }

  forget(): void {
    this.clear();
  }

  clear(): void {
    this.#people.clear();
  }
}

/** A repository as a plugin would have it. */
export const openRecords = (database: Database): Records =>
  database.resilient<Records, MemoryRecords>({
    name: 'records',
    primary: new DatabaseRecords(database),
    mirror: new MemoryRecords(),
    writes: { save: { options: 3 } },
  });
