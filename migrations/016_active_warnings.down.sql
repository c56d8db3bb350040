DROP FUNCTION get_active_warnings(text, timestamptz);
