#!/bin/sh
# Run once, by PostgreSQL's image, when it makes the database: the application's role, which owns nothing.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_APP_PASSWORD" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE tintype_app LOGIN PASSWORD :'password';
SQL
