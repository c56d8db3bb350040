DROP FUNCTION finish_turn(text);
ALTER TABLE turns ADD COLUMN answer_ids text[] NOT NULL DEFAULT '{}';

CREATE FUNCTION finish_turn(p_message_id text, p_answer_ids text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE turns SET
    finished_at = coalesce(finished_at, now()),
    answer_ids = answer_ids || ARRAY(SELECT a FROM unnest(p_answer_ids) a WHERE a <> ALL (answer_ids))
  WHERE message_id = p_message_id AND (finished_at IS NULL OR NOT answer_ids @> p_answer_ids)
$$;
