/** How n8n's memory comes into the bot's database: as n8n makes it, and as docs/N8N.md has it made, behind a view. */
export const n8nTables = {
  'a table':
    'CREATE TABLE n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255) NOT NULL, message jsonb NOT NULL)',
  'a view': `DO $$ BEGIN
    CREATE SCHEMA n8n_memory;
    CREATE TABLE n8n_memory.n8n_chat_histories
      (id serial PRIMARY KEY, session_id varchar(255) NOT NULL, message jsonb NOT NULL);
    CREATE INDEX ON n8n_memory.n8n_chat_histories (session_id text_pattern_ops);
    CREATE VIEW n8n_chat_histories AS SELECT * FROM n8n_memory.n8n_chat_histories;
  END $$`,
} as const;

/** Adds one message to each session, as the memory node does; `$1` is an array. */
export const addMessages =
  'INSERT INTO n8n_chat_histories (session_id, message) SELECT unnest($1::text[]), \'{"type": "human"}\'';
