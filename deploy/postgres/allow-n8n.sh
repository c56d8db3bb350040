#!/bin/sh
# Lets n8n at what it needs of the bot's database, once the bot has made its tables. Changes nothing the second time.
set -eu
PGPASSWORD=$(cat /run/secrets/db_password)
export PGPASSWORD
ask() { psql --no-psqlrc --tuples-only --no-align --command "SELECT $1"; }

# The youngest of the tables that are named there.
until [ "$(ask "to_regclass('public.command_changes') IS NOT NULL")" = t ]; do
  echo 'The bot has not made its tables yet.'
  sleep 2
done
if [ "$(ask "to_regnamespace('n8n_memory') IS NULL")" = t ]; then
  sh /steward/statements.sh 2 | psql --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction --quiet
fi
echo 'n8n may use the database as docs/N8N.md says.'
