import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

describe.skipIf(!inject('postgres'))('a bot that is killed between an answer and its count', () => {
  it('counts a chat and a command after its next start, once', async () => {
    await using around = await makeSurroundings();
    const { discord, environment } = around;
    const variables = { DB_QUERY_TIMEOUT: '60000' };
    const bot = await around.start(variables);
    await bot.ready();
    const ada = discord.addUser({ username: 'ada' });
    await ada.asks('before');
    // Its turn has ended: the next one waits for nothing.
    const finished = 'SELECT count(*)::int AS n FROM turns WHERE finished_at IS NOT NULL';
    await expect.poll(() => query(environment, finished), { timeout: 10_000 }).toEqual([{ n: 1 }]);

    const { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = environment;
    const blocker = new pg.Client({ host, port: Number(port), database, user, password } as pg.ClientConfig);
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE message_stats');
    const others = `FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'steward'`;
    const waiting = async () =>
      (await blocker.query(`SELECT count(*)::int AS n ${others} AND wait_event_type = 'Lock'`)).rows;
    await ada.asks('!limits');
    await ada.asks('a chat');
    await expect.poll(waiting, { timeout: 10_000 }).not.toEqual([{ n: 0 }]);
    await bot.stop('SIGKILL');
    // What the bot had asked for is not carried out after its end.
    await blocker.query(`SELECT pg_terminate_backend(pid) ${others}`);
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([{ n: 0 }]);
    await blocker.query('COMMIT');
    await blocker.end();

    const again = await around.start({ ...variables, DATA_DIR: bot.dataDir });
    await again.ready();
    await ada.asks('after');
    await again.stop();
    const rows = `SELECT message_type, count(*)::int AS n FROM message_stats GROUP BY 1 ORDER BY 1`;
    expect(await query(environment, rows)).toEqual([
      { message_type: 'chat', n: 3 },
      { message_type: 'command', n: 1 },
    ]);
    const commands = 'SELECT command_name, success FROM command_usage';
    expect(await query(environment, commands)).toEqual([{ command_name: 'limits', success: true }]);
    expect(ada.heard).toHaveLength(4);
  });
});
