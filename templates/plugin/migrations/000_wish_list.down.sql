DROP FUNCTION cleanup_wish_list_entries(integer);
DROP FUNCTION add_wish_list_entry(text, text, text, timestamptz, text);
DELETE FROM erased_with_user WHERE table_name = 'wish_list_entries';
DROP TABLE wish_list_entries;
