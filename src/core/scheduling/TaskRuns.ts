import type { Database } from '../database/Database.ts';

/** Which occurrence of each task ran last, in the database: the instances of a bot share it, and it outlasts them. */
export class TaskRuns {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether the caller is the one to run this occurrence. The row's lock lets one instance through, the others wait and lose. */
  async claim(task: string, occurrence: number): Promise<boolean> {
    const claimed = await this.#database.query(
      // An occurrence from far ahead is of a clock that went wrong; it must not keep the task from running until then.
      `INSERT INTO task_runs (name, ran_at) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET ran_at = EXCLUDED.ran_at
       WHERE task_runs.ran_at < EXCLUDED.ran_at OR task_runs.ran_at > EXCLUDED.ran_at + interval '1 day'
       RETURNING name`,
      [task, new Date(occurrence).toISOString()],
    );
    return claimed.length > 0;
  }
}
