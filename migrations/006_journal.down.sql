DROP FUNCTION erasures_since(timestamptz);
DROP TABLE journal_entries;
