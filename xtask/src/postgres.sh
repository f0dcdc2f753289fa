# One throw-away PostgreSQL that lives until our standard input closes. However the tests end, even by
# `kill -9`, the pipe closes with them, and the server and its files go.
# Arguments: the folder of the server's programs, the port to listen on.
set -eu
programs=$1
port=$2

# A reader that went away must end us through the trap below, not behind its back.
trap '' PIPE
trap 'exit 1' INT TERM HUP

folder=$(mktemp -d /tmp/watchkeeper-postgres.XXXXXX)
stop() {
    "$programs/pg_ctl" stop -w -m immediate -D "$folder/data" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT

# No time is spent on syncing a fresh, empty cluster; the running server syncs as in production (`fsync=on`).
"$programs/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
"$programs/pg_ctl" start -w -D "$folder/data" -l "$folder/log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
    -c unix_socket_directories= -c fsync=on -c max_connections=200" \
    >"$folder/start" 2>&1 || { cat "$folder/start" "$folder/log"; exit 1; }

echo ready
cat >/dev/null
