-- The entries of instances' journals that have taken effect here: written in one transaction with the effect itself.
CREATE TABLE journal_entries (
  id text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX journal_entries_applied_at_index ON journal_entries (applied_at);

-- What was erased since a moment: a mirror that did not hear of it meanwhile forgets it too.
CREATE FUNCTION erasures_since(p_since timestamptz)
RETURNS TABLE (person text, scope text, before timestamptz) LANGUAGE sql STABLE AS $$
  SELECT discord_id, 'conversations', flushed_before FROM users WHERE flushed_before > p_since
  UNION ALL SELECT discord_id, 'everything', forgotten_before FROM users WHERE forgotten_before > p_since
  UNION ALL SELECT NULL, 'conversations', value::timestamptz FROM settings WHERE name = 'flushed_before' AND value::timestamptz > p_since
  UNION ALL SELECT NULL, 'everything', value::timestamptz FROM settings WHERE name = 'forgotten_before' AND value::timestamptz > p_since
$$;
