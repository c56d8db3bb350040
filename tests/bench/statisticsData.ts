/**
 * The statements that fill a database of migration 009 with so many messages of so many users, quickly: users drawn from
 * a Zipf distribution, times evenly over the last 90 days, nine chats to one command, each command in `command_usage`.
 */
export function statisticsData(rows: number, users: number): string[] {
  const constraints = ['pkey', 'key_unique', 'user_id_foreign'].map((name) => `DROP CONSTRAINT message_stats_${name}`);
  return [
    'SET synchronous_commit = off',
    "SET maintenance_work_mem = '256MB'",
    `INSERT INTO users (discord_id, username)
     SELECT (100000000000000000 + n)::text, 'user ' || n FROM generate_series(1, ${users}) n`,
    `ALTER TABLE message_stats ${constraints.join(', ')}`,
    'DROP INDEX message_stats_user_id_timestamp_index, message_stats_timestamp_index',
    // The rank of a user is shuffled, so that those who write much are not neighbours.
    `INSERT INTO message_stats (user_id, "timestamp", message_type, response_time_ms, tokens, key)
     SELECT 1 + floor(${users + 1} ^ random())::bigint * 7919 % ${users},
       now() - interval '90 days' * (1 - (n + random()) / ${rows + 1}),
       CASE WHEN random() < 0.9 THEN 'chat' ELSE 'command' END,
       CASE WHEN random() < 0.95 THEN (random() * 5000)::integer END, 100, n || ':message'
     FROM generate_series(1, ${rows}) n`,
    'ALTER TABLE message_stats ADD CONSTRAINT message_stats_pkey PRIMARY KEY (id)',
    'ALTER TABLE message_stats ADD CONSTRAINT message_stats_key_unique UNIQUE (key)',
    'CREATE INDEX message_stats_user_id_timestamp_index ON message_stats (user_id, "timestamp")',
    'CREATE INDEX message_stats_timestamp_index ON message_stats ("timestamp")',
    `ALTER TABLE message_stats ADD CONSTRAINT message_stats_user_id_foreign
     FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`,
    `INSERT INTO command_usage (user_id, executed_at, command_name, success)
     SELECT user_id, "timestamp", ('{help,limits,warnings,flushmemory,mydata,stats,warn}'::text[])[1 + floor(7 * random() ^ 2)], true
     FROM message_stats WHERE message_type = 'command'`,
    'VACUUM ANALYZE',
  ];
}
