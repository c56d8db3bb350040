import type { Query } from '../../src/backup/session.ts';

/** Texts that formats stumble over. */
const oddTexts = [
  '',
  ' ',
  'NULL',
  '\\N',
  '\\.',
  'null',
  'tab\tand\r\nlines\n\n',
  'back\\slash \\u0041 \\"',
  '"quoted", \'quoted\', {braces}, [brackets]',
  '🧑‍🚀 café cafe\u0301 \u200f עברית \u2028\u2029 \uffff \u{1f600}',
  '\u0001\u001f\u007f\u0085',
  '{"steward":"backup"}',
  '[1]',
  '$1 %s %I ; DROP TABLE users; --',
  'x'.repeat(300_000),
];

/** Fills a database that has all migrations with what is hard to write down: each kind of column, at its borders. */
export async function fillOddly(query: Query): Promise<void> {
  for (const [n, text] of oddTexts.entries()) {
    const id = `${n + 1}`;
    await query(
      "INSERT INTO users (discord_id, username, created_at, flushed_before) VALUES ($1, $2, '2024-02-29 23:59:59.123456+05:45', $3)",
      [id, text, n % 2 === 0 ? null : '2025-01-01 00:00:00.000001Z'],
    );
    const conversation =
      'INSERT INTO conversations (user_id, "timestamp", user_message, ai_response, key) SELECT id, $2, $3, $4, $5 FROM users WHERE discord_id = $1';
    await query(conversation, [id, '2026-06-30 23:59:59.999999Z', text, text, `key ${n} ${text.slice(0, 50)}`]);
    await query(conversation, [id, 'infinity', text, '', null]);
    await query("SELECT log_message($1, NULL, now() - $2::integer * interval '7 hours', 'dm', 'chat', $2, NULL, $3)", [
      id,
      n,
      `m${n}`,
    ]);
    await query('SELECT log_command($1, NULL, now(), $2, $3, false, $4)', [id, `c${n % 3}`, n % 2 === 0, `c${n}`]);
    await query('SELECT check_rate_limit($1, 5, 60000, 1700000000000 + $2, $3)', [id, n, `"odd" ${n} \\`]);
    await query("SELECT claim_turn($1, $2, '9', 'somebody')", [`${900 + n}`, id]);
    await query("SELECT add_warning($1, NULL, $2, $3, 'automation', now(), now() + interval '30 days', $4, now())", [
      id,
      `w${n}`,
      text,
      `w${n}`,
    ]);
  }
  // Beyond what JavaScript's numbers hold, and with gaps.
  await query(
    `INSERT INTO users (id, discord_id, username) OVERRIDING SYSTEM VALUE VALUES (9007199254740993, '18446744073709551615', 'big')`,
  );
  await query("SELECT heartbeat('somebody', 0, false)");
  await query("UPDATE settings SET value = '2020-01-01 00:00:00+00' WHERE name = 'flushed_before'");
}
