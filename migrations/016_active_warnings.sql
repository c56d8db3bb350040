-- A person's warnings that count at p_now, the latest first: what every turn asks for.
CREATE FUNCTION get_active_warnings(p_discord_id text, p_now timestamptz)
RETURNS TABLE (
  discord_id text, username text, id text, reason text, issued_by text,
  created_at timestamptz, expires_at timestamptz, revoked_by text
) LANGUAGE sql STABLE AS $$
  SELECT u.discord_id, u.username, w.id, w.reason, w.issued_by, w.created_at, w.expires_at, NULL::text
  FROM warnings w JOIN users u ON u.id = w.user_id
  WHERE u.discord_id = p_discord_id AND w.expires_at > p_now
  ORDER BY w.created_at DESC, w.id DESC
$$;
