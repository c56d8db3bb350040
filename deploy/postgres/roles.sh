#!/bin/sh
# Makes the database, its owner, and the role of n8n, which can do nothing yet. Run by the image when its volume is empty.
set -eu
{
  cat <<'SQL'
\set bot_password `cat /run/secrets/db_password`
\set n8n_password `cat /run/secrets/n8n_db_password`
CREATE ROLE bot_user LOGIN PASSWORD :'bot_password';
CREATE DATABASE discord_bot OWNER bot_user;
SQL
  sh /steward/statements.sh 1
  echo "ALTER ROLE steward_n8n PASSWORD :'n8n_password';"
} | psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres
