#!/usr/bin/env bash
# Make the data of the release before, on SQLite and on PostgreSQL: `make_previous.sh COMMIT`.
# COMMIT is the last one of that release. Run it once after a release, and commit what it writes:
# previous/sqlite.tar.xz, previous/postgresql.tar.xz, previous/commit, migrations.txt.
set -euo pipefail
cd "$(dirname "$0")/../../.."
commit=$(git rev-parse "$1")
here=tests/web/upgrade
python=$PWD/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/old" "$here/previous"
git archive "$commit" src js tests | tar -x -C "$work/old"
git ls-tree -r --name-only "$commit" src/staydown_web | grep -E '/migrations/[0-9]' |
  sed -E 's#src/staydown_web/([a-z]+)/migrations/(.*)\.py#\1.\2#' | sort >"$here/migrations.txt"
export PYTHONPATH=$work/old/src:$work/old/tests

make_home() { # its folder; DATABASE_URL may say where the database is
  STAYDOWN_HOME=$1 STAYDOWN_SHARED_MEMORY=$1-memory "$python" "$here/make_previous.py"
  rm -rf "$1/static" "$1/segments" "$1-memory"
}
pack() { # a folder, the archive
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime='2026-11-20' -cf - . |
    xz -9e >"$2"
}

make_home "$work/sqlite"
"$python" - "$work/sqlite/staydown.sqlite3" <<'PY'
import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
database.execute("PRAGMA journal_mode=DELETE")
database.execute("VACUUM")
PY
pack "$work/sqlite" "$here/previous/sqlite.tar.xz"

export -f make_home
export python here work
.ci/postgres bash -euo pipefail -c '
  make_home "$work/postgresql"
  pg_dump --no-owner --no-privileges "$DATABASE_URL" | grep -vE "^\\\\(un)?restrict " \
    >"$work/postgresql/dump.sql"'
pack "$work/postgresql" "$here/previous/postgresql.tar.xz"
echo "$commit" >"$here/previous/commit"
ls -l "$here/previous"
