/** Thrown by a call that comes after the bot has closed its database: nobody would ever see what it writes. */
export class DatabaseClosedError extends Error {
  override readonly name = 'DatabaseClosedError';

  constructor() {
    super('The database is closed.');
  }
}
