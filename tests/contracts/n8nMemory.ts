import { expect, it } from 'vitest';
import { N8nMemoryRepository } from '../../src/plugins/n8n-bridge/repositories/N8nMemoryRepository.ts';
import type { Given } from './describeContracts.ts';

const ada = '100000000000000001';

/** What everyone may expect of the N8nMemoryRepository. */
export function n8nMemory(given: Given): void {
  it("erases one person's sessions of both forms and no others, however late n8n makes its table", async () => {
    const { database } = given;
    if (!database) throw new Error('There is no database to ask.');
    const memory = new N8nMemoryRepository(database);
    expect(await memory.flushUser(ada)).toBe(0);

    const others = [`${ada}1`, `${ada}1__Postgres_Chat_Memory`, `${ada}_`, `${ada}abc`, `x${ada}`, '_'.repeat(20)];
    const sessions = [ada, ada, `${ada}__Postgres_Chat_Memory`, `${ada}__`, ...others];
    await database.query(
      'CREATE TABLE n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255) NOT NULL, message jsonb NOT NULL)',
    );
    try {
      expect(await memory.flushUser(ada)).toBe(0);
      await database.query(`INSERT INTO n8n_chat_histories (session_id, message) SELECT unnest($1::text[]), '{}'`, [
        sessions,
      ]);
      expect(await memory.flushUser(ada)).toBe(4);
      expect(await memory.flushUser(ada)).toBe(0);
      expect(await memory.flushUser('%')).toBe(0);
      const left = await database.query<{ session_id: string }>(
        'SELECT session_id FROM n8n_chat_histories ORDER BY id',
      );
      expect(left.map(({ session_id }) => session_id)).toEqual(others);
    } finally {
      await database.query('DROP TABLE n8n_chat_histories');
    }
    expect(await memory.flushUser(ada)).toBe(0);
  });

  it('throws when something is wrong with the table of n8n, and leaves the rest of the database alone', async () => {
    const { database } = given;
    if (!database) throw new Error('There is no database to ask.');
    await database.query('CREATE TABLE n8n_chat_histories (id integer)');
    try {
      await expect(new N8nMemoryRepository(database).flushUser(ada)).rejects.toMatchObject({ code: '42703' });
      expect(database.state).toBe('connected');
    } finally {
      await database.query('DROP TABLE n8n_chat_histories');
    }
  });
}
