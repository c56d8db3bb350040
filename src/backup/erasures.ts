import type { Query } from './session.ts';

interface Moment {
  readonly person: string | null;
  readonly scope: string;
  readonly before: string;
}

const all = `SELECT person, scope, before::text AS before FROM erasures_since('-infinity')`;

/** What a database knows of what people had erased; nothing where it is older than that. */
export async function erasuresIn(query: Query): Promise<readonly Moment[]> {
  const [{ exists } = { exists: false }] = await query<{ exists: boolean }>(
    "SELECT to_regprocedure('erasures_since(timestamptz)') IS NOT NULL AS exists",
  );
  return exists ? query<Moment>(all) : [];
}

/** Erases once more what was erased and came back with a backup; returns how many moments of erasing it did not know. */
export async function eraseAgain(query: Query, moments: readonly Moment[]): Promise<number> {
  const known = new Set((await query<Moment>(all)).map((moment) => JSON.stringify(asList(moment))));
  const missing = moments.filter((moment) => !known.has(JSON.stringify(asList(moment))));
  for (const { person, scope, before } of missing) {
    const values = person === null ? [before] : [person, before];
    const parameters = person === null ? '$1' : '$1, $2';
    const name =
      scope === 'everything'
        ? person === null
          ? 'forget_everyone'
          : 'forget_user'
        : person === null
          ? 'flush_all_conversations'
          : 'flush_user_conversations';
    await query(`SELECT FROM ${name}(${parameters})`, values);
  }
  return missing.length;
}

const asList = ({ person, scope, before }: Moment): unknown[] => [person, scope, before];
