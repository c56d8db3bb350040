import { createHash } from 'node:crypto';

// Without letters and digits that are easily taken for one another: people type these ids.
const alphabet = '23456789abcdefghjkmnpqrstvwxyz';

/** The id, short enough to type, of the warning that a key names: the same in the database, in memory and in a replay. */
export function warningId(key: string): string {
  const hash = createHash('sha256').update(key).digest().readBigUInt64BE();
  const size = BigInt(alphabet.length);
  return Array.from({ length: 8 }, (_, place) => alphabet[Number((hash / size ** BigInt(place)) % size)]).join('');
}
