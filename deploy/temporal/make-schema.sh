#!/bin/sh
# Makes the databases of Temporal and brings their schemas to this version of the server. Safe to repeat.
# Needs POSTGRES_HOST, POSTGRES_USER and, read by the tool itself, SQL_PASSWORD.
set -eu

SCHEMA=${SCHEMA:-/etc/temporal/schema/postgresql/v12}

prepare() { # prepare DATABASE FOLDER
  tool="temporal-sql-tool --plugin postgres12 --ep $POSTGRES_HOST --port 5432 --user $POSTGRES_USER --db $1"
  $tool create
  $tool setup-schema -v 0.0
  $tool update-schema -d "$SCHEMA/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
