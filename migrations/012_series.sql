-- What a picture of the statistics is drawn from: the messages of the last p_days days by the hour in which they came
-- (UTC) and by type, the same that get_global_stats counts.
CREATE FUNCTION get_message_series(p_days integer)
RETURNS TABLE (hour timestamptz, message_type text, messages bigint) LANGUAGE sql STABLE AS $$
  SELECT hour, message_type, n FROM count_messages(start_of_days(p_days)) WHERE isfinite(hour)
$$;
