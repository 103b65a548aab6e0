#!/usr/bin/env bash
# Installs tSQLt in the database $SQLCMDDBNAME, creates the test classes of /tests and runs them all.
# Exit code 1: a test failed, or a class could not be created.
set -euo pipefail

run() {
    /opt/mssql-tools18/bin/sqlcmd -C -b -I -x "$@"
}

run -d master -i /tsqlt/PrepareServer.sql
run -i /tsqlt/tSQLt.class.sql

shopt -s nullglob
classes=(/tests/*.class.sql)
if [ ${#classes[@]} -eq 0 ]; then
    echo "There is no *.class.sql in tests/tsqlt." >&2
    exit 1
fi

for class in "${classes[@]}"; do
    echo "Creating ${class##*/}"
    run -i "$class"
done

run -Q "EXEC tSQLt.RunAll;"
