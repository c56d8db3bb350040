CREATE OR REPLACE FUNCTION get_recent_exchanges(p_discord_id text, p_limit integer)
RETURNS TABLE (user_message text, ai_response text, "timestamp" timestamptz, key text) LANGUAGE sql STABLE AS $$
  SELECT recent.user_message, recent.ai_response, recent."timestamp", recent.key
  FROM (
    SELECT u.id, greatest(
      u.flushed_before, u.forgotten_before,
      (SELECT value::timestamptz FROM settings WHERE name = 'flushed_before'),
      (SELECT value::timestamptz FROM settings WHERE name = 'forgotten_before'),
      now() - coalesce((SELECT value::numeric FROM settings WHERE name = 'conversation_retention_hours'), 24) * interval '1 hour'
    ) AS since
    FROM users u WHERE u.discord_id = p_discord_id
  ) person, LATERAL (
    SELECT c.id, c.user_message, c.ai_response, c."timestamp", c.key
    FROM conversations c
    WHERE (c.user_id, c."timestamp") > (person.id, person.since) AND c.user_id <= person.id
    ORDER BY c.user_id DESC, c."timestamp" DESC, c.id DESC
    LIMIT greatest(p_limit, 0)
  ) recent
  ORDER BY recent."timestamp", recent.id
$$;
