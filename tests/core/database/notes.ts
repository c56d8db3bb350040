import type { Database } from '../../../src/core/database/Database.ts';
import type { Mirror } from '../../../src/core/database/Mirror.ts';
import type { WriteOptions } from '../../../src/core/database/WriteOptions.ts';

/** A contract as small as can be, with everything that a real one has: people, writes under a key, reads. */
export interface Notes {
  /** Says who took it. A text like `raise 42P01` makes the database refuse it with that code. */
  write(person: string, text: string, options?: WriteOptions): Promise<'database' | 'memory'>;
  read(person: string): Promise<string[]>;
}

/** What the database needs for it; two writes about one person wait for each other. */
export const notesSchema = `
  CREATE TABLE authors (id text PRIMARY KEY);
  CREATE TABLE notes (n bigserial, key text PRIMARY KEY, person text, text text, at timestamptz);
  CREATE FUNCTION write_note(p_key text, p_person text, p_text text, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF p_text LIKE 'raise _____' THEN
      -- As the server does it: it quotes bad data, and names what it cannot find.
      RAISE EXCEPTION USING ERRCODE = right(p_text, 5), DETAIL = p_person || ' wrote: ' || p_text,
        MESSAGE = CASE WHEN p_text ~ '^raise 2[23]' THEN p_person || ' wrote: ' || p_text ELSE 'not as it is now' END;
    END IF;
    INSERT INTO authors (id) VALUES (p_person) ON CONFLICT DO NOTHING;
    PERFORM FROM authors WHERE id = p_person FOR UPDATE;
    INSERT INTO notes (key, person, text, at) VALUES (p_key, p_person, p_text, p_at) ON CONFLICT (key) DO NOTHING;
  END $$`;

export class DatabaseNotes implements Notes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async write(person: string, text: string, { key, at }: WriteOptions = {}): Promise<'database'> {
    await this.#database.query('SELECT write_note($1, $2, $3, $4)', [key, person, text, at?.toISOString()]);
    return 'database';
  }

  async read(person: string): Promise<string[]> {
    const sql = 'SELECT text FROM notes WHERE person = $1 ORDER BY n';
    return (await this.#database.query<{ text: string }>(sql, [person])).map(({ text }) => text);
  }
}

export class MemoryNotes implements Notes, Mirror {
  readonly #people = new Map<string, Map<string, string>>();
  /** Everything that it was told to forget. */
  readonly forgotten: { person: string | undefined; before: Date; scope: string }[] = [];

  async write(person: string, text: string, { key = text }: WriteOptions = {}): Promise<'memory'> {
    const notes = this.#people.get(person) ?? new Map<string, string>();
    this.#people.set(person, notes.set(key, text));
    return 'memory';
  }

  async read(person: string): Promise<string[]> {
    return [...(this.#people.get(person)?.values() ?? [])];
  }

  learn(person: string, texts: readonly string[]): void {
    this.#people.set(person, new Map(texts.map((text) => [text, text])));
  }

  evict(person: string): void {
    this.#people.delete(person);
  }

  forget(person: string | undefined, before: Date, scope: 'conversations' | 'everything'): void {
    this.forgotten.push({ person, before, scope });
    if (person === undefined) this.#people.clear();
    else this.#people.delete(person);
  }

  clear(): void {
    this.#people.clear();
  }
}

/** The contract as a plugin would have it. */
export function resilientNotes(
  database: Database,
  mirror = new MemoryNotes(),
  primary: Notes = new DatabaseNotes(database),
) {
  return database.resilient<Notes, MemoryNotes>({
    name: 'notes',
    erasedWith: 'everything',
    primary,
    mirror,
    writes: { write: { options: 2 } },
    learn: { read: (mirror, [person]: [string], texts: string[]) => mirror.learn(person, texts) },
  });
}
