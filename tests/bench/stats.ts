import { cpus } from 'node:os';
import pg from 'pg';
import { createOrm } from '../../src/core/database/createOrm.ts';
import { migrateUp } from '../../src/core/database/migrate.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { databaseOptions } from '../../src/testing/repositories/openDatabase.ts';
import { plainStats } from '../plugins/analytics/plainStats.ts';
import { statisticsData } from './statisticsData.ts';

// How quickly the statistics answer, beside the plain aggregate, and what they cost whoever writes. BENCH_ROWS messages
// (10,000,000) of BENCH_USERS users (a tenth of that), for a machine that does nothing else.
const rows = Number(process.env.BENCH_ROWS ?? 10_000_000);
const users = Number(process.env.BENCH_USERS ?? Math.ceil(rows / 10));

const say = (line: string) => process.stdout.write(`${line}\n`);
const ms = (time: number) => `${time.toFixed(time < 10 ? 2 : 0)} ms`;
const seconds = (time: number) => `${(time / 1000).toFixed(1)} s`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The times of a work that is done over and over, shortest first. */
async function timesOf(work: () => Promise<unknown>, isEnough: (times: number[]) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isEnough(times)) times.push(await timed(work));
  return times.sort((a, b) => a - b);
}

function show(times: readonly number[]): string {
  const at = (share: number) => ms(times[Math.floor(times.length * share)] ?? 0);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return `mean ${ms(mean)}, p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${ms(times.at(-1) ?? 0)} (${times.length} times, ${times.filter((time) => time > 50).length} above 50 ms)`;
}

await using server = await PostgresServer.start();
const name = await server.createDatabase();
const orm = await createOrm({ ...databaseOptions(server.environment(name)), queryTimeout: 0 });
const connect = async () => {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database: name });
  await client.connect();
  return client;
};
const [client, other] = [await connect(), await connect()];
try {
  const [version] = (await client.query<{ v: string }>("SELECT current_setting('server_version') AS v")).rows;
  say(`PostgreSQL ${version?.v}, ${cpus().length} cores of ${cpus()[0]?.model}; ${rows} messages, ${users} users`);
  await orm.migrator.up({ to: '009_moderation' });
  const load = async () => {
    for (const sql of statisticsData(rows, users)) await client.query(sql);
  };
  say(`filled in ${seconds(await timed(load))}`);
  say(`migrated from 009 on in ${seconds(await timed(() => migrateUp(orm)))}`);

  for (const days of [30, 7, 1, 90]) {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const ask = () => client.query('SELECT to_jsonb(s) AS stats FROM get_global_stats($1) s', [days]);
    const stats = (await ask()).rows[0]?.stats;
    let plain: unknown;
    const plainTime = await timed(async () => {
      plain = (await client.query(plainStats, [days])).rows[0]?.stats;
    });
    await client.query('COMMIT');
    const verdict = JSON.stringify(stats) === JSON.stringify(plain) ? 'the same answer' : 'ANOTHER ANSWER';
    say(`get_global_stats(${days}): ${show(await timesOf(ask, (times) => times.length === 50))}`);
    say(`  the plain aggregate: ${ms(plainTime)}, ${verdict}`);
  }

  const insert = () =>
    other.query(
      `INSERT INTO message_stats (user_id, message_type, response_time_ms)
       VALUES (1 + floor($1::integer ^ random())::bigint * 7919 % $1::integer, 'chat', 1000)`,
      [users],
    );
  for (const [what, sql] of [
    ['without the sums', 'DISABLE TRIGGER message_stats_inserted'],
    ['with the sums', 'ENABLE TRIGGER message_stats_inserted'],
  ] as const) {
    await client.query(`ALTER TABLE message_stats ${sql}`);
    say(`one INSERT ${what}: ${show(await timesOf(insert, (times) => times.length === 5_000))}`);
  }
  say(`recount_statistics(): ${seconds(await timed(() => client.query('SELECT recount_statistics()')))}`);

  await client.query("INSERT INTO settings (name, value) VALUES ('analytics_retention_days', '81')");
  let removed: unknown;
  let isClean = false;
  const cleanup = timed(async () => {
    removed = (await client.query('SELECT cleanup_old_analytics() AS n')).rows[0]?.n;
    isClean = true;
  });
  // An INSERT that is slower waits for the machine, not for the cleanup: that would end the bench.
  await other.query("SET lock_timeout = '50ms'");
  const inserts = await timesOf(insert, () => isClean);
  say(
    `cleanup_old_analytics(): ${String(removed)} rows in ${seconds(await cleanup)}; one INSERT meanwhile: ${show(inserts)}`,
  );
  const ask = () => client.query('SELECT * FROM get_global_stats(30)');
  say(`get_global_stats(30) after it: ${show(await timesOf(ask, (times) => times.length === 50))}`);
} finally {
  await Promise.all([client.end(), other.end(), orm.close(true)]);
}
