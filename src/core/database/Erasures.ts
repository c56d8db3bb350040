import { minutes, seconds } from '../time.ts';
import type { Database } from './Database.ts';
import type { Mirror } from './Mirror.ts';
import { queryTimeout } from './queryTimeout.ts';
import type { Erasure } from './Sentinel.ts';
import type { WriteOptions } from './WriteOptions.ts';

/** How many rows an erasing takes away, by what they are called in the answer. */
interface ErasedRows {
  readonly exchanges: number;
  readonly statistics: number;
  readonly 'messages counted in limits': number;
}

/** What there is to erase; n8n's memory is n8n's to erase. */
interface ErasableRows extends ErasedRows {
  /** Absent where it cannot be read. */
  readonly "messages of n8n's memory"?: number;
}

/**
 * Erases everything but warnings, up to the moment of the request, and keeps out what arrives later from before it: in
 * the database, in every instance's memory and among the dead letters. Each is one call, so it is kept in the journal
 * while the database is away; nobody can tell then how much goes: the result is undefined.
 */
export interface Erasures {
  forgetUser(discordId: string, options?: WriteOptions): Promise<ErasedRows | undefined>;
  /** Users stay. */
  forgetEveryone(options?: WriteOptions): Promise<ErasedRows | undefined>;
  /** What `forgetEveryone` would erase. */
  countEveryone(): Promise<ErasableRows | undefined>;
}

/** Millions of rows take their time; what is longer under way than Recovery looks back could go unheard. */
const longest = minutes(15);

/** The erasures of a database; `forget` is how memory follows at once. */
export function openErasures(database: Database, forget: (erasure: Erasure) => void): Erasures {
  return database.resilient<Erasures, MirroredErasures>({
    name: 'erasures',
    primary: new DatabaseErasures(database),
    mirror: new MirroredErasures(forget),
    writes: { forgetUser: { options: 1 }, forgetEveryone: { options: 0 } },
    deadlines: { forgetUser: seconds(30), forgetEveryone: longest, countEveryone: seconds(30) },
  });
}

class DatabaseErasures implements Erasures {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  forgetUser(discordId: string, { at = new Date() }: WriteOptions = {}): Promise<ErasedRows> {
    return this.#erase('forget_user($1, $2)', [discordId, at.toISOString()]);
  }

  forgetEveryone({ at = new Date() }: WriteOptions = {}): Promise<ErasedRows> {
    const moment = [at.toISOString()];
    // In a replay too, which has less patience and would begin again and again.
    return queryTimeout.run(longest, async () => {
      // By itself first: nobody who writes has to wait for what follows.
      await this.#database.query('SELECT mark_everyone_forgotten($1)', moment);
      return this.#erase('forget_everyone($1)', moment);
    });
  }

  async countEveryone(): Promise<ErasableRows> {
    const [row] = await this.#database.query<CountsRow>('SELECT * FROM count_forgettable()');
    const remembered = row?.n8n_messages ?? undefined;
    return { ...toRows(row), ...(remembered === undefined ? {} : { "messages of n8n's memory": Number(remembered) }) };
  }

  async #erase(call: string, values: readonly string[]): Promise<ErasedRows> {
    const [row] = await this.#database.query<CountsRow>(`SELECT * FROM ${call}`, values);
    return toRows(row);
  }
}

// PostgreSQL gives a BIGINT as a string, the embedded database as a number.
type CountsRow = Record<'exchanges' | 'statistics' | 'rate_limit_counts', string | number> & {
  n8n_messages?: string | number | null;
};

const toRows = (row: CountsRow | undefined): ErasedRows => ({
  exchanges: Number(row?.exchanges),
  statistics: Number(row?.statistics),
  'messages counted in limits': Number(row?.rate_limit_counts),
});

/** What is erased in the database, or will be, goes from all the other mirrors too. */
class MirroredErasures implements Erasures, Mirror {
  readonly #forget: (erasure: Erasure) => void;

  constructor(forget: (erasure: Erasure) => void) {
    this.#forget = forget;
  }

  async forgetUser(person: string, { at: before = new Date() }: WriteOptions = {}): Promise<undefined> {
    this.#forget({ person, before, scope: 'everything' });
  }

  async forgetEveryone({ at: before = new Date() }: WriteOptions = {}): Promise<undefined> {
    this.#forget({ person: undefined, before, scope: 'everything' });
  }

  async countEveryone(): Promise<undefined> {
    // This instance knows a part at most.
  }

  evict(): void {
    // Nothing is kept here.
  }

  forget(): void {
    // The others hear it themselves.
  }

  clear(): void {
    // Nothing is kept here.
  }
}
