DROP FUNCTION get_message_series(integer);
