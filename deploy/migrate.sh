#!/bin/sh
# Migrates Moa's database and gives each role its password, on stdin, where no list of processes shows it.
set -eu

node -e '
  const roles = ["api", "worker", "caretaker", "operator", "audit", "keys", "auditor"]
  const given = roles.map((role) => [`moa_${role}`, process.env[`MOA_${role.toUpperCase()}_PASSWORD`]])
  process.stdout.write(JSON.stringify(Object.fromEntries(given)))
' | exec node --import tsx db/migrate-main.ts --role-passwords
