import { randomInt } from 'node:crypto';

// Without letters and digits that are easily taken for one another: people type these ids.
const alphabet = '23456789abcdefghjkmnpqrstvwxyz';

/** An id that a person can type; made by the bot, so that it exists while the database is away. */
export const newWarningId = (): string =>
  Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('');
