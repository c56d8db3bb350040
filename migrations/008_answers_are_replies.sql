-- An answer is a Discord reply and tells itself what it answers: its id need not be kept.

DROP FUNCTION finish_turn(text, text[]);
ALTER TABLE turns DROP COLUMN answer_ids;

CREATE FUNCTION finish_turn(p_message_id text) RETURNS void LANGUAGE sql AS $$
  UPDATE turns SET finished_at = now() WHERE message_id = p_message_id AND finished_at IS NULL
$$;
