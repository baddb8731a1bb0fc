# Runs one PostgreSQL for a test process, and outlives it just long enough to clean up: when stdin
# closes, however the process ended, the server is stopped and its files removed.
#
# usage: sh -c "$(cat postgres.sh)" postgres PORT FSYNC FOLDER...
#
# Makes its files under the first FOLDER that the account PostgreSQL runs as can enter. Then answers
# each line of stdin (start, stop, kill) with one line: `ok`, or `error: WHY`. The first line comes
# unasked, when the server is up: the folder of PostgreSQL's programs, or the error.

port=$1 fsync=$2
shift 2
trap '' HUP INT TERM # Ctrl-C reaches the whole group; this one must live to see stdin close

# Everything below runs PostgreSQL's programs `as` its account, from inside "$files".

error() { echo "error: $(echo "$*" | tr '\n' ' ')"; }
start() {
    said=$(as "$bin/pg_ctl" start -w -s -t 60 -D data -l log 2>&1) && echo ok && return
    error "pg_ctl start: $said $(tail -n 5 log)"
}
stop() {
    said=$(as "$bin/pg_ctl" stop -w -s -t 60 -D data -m "$1" 2>&1) && echo ok && return
    error "pg_ctl stop: $said"
}
clean_up() {
    [ -n "${files:-}" ] || return
    [ ! -e data/postmaster.pid ] || stop immediate >/dev/null
    cd / && rm -rf "$files"
}
give_up() {
    error "$*"
    clean_up
    exit 1
}

# The newest of Debian's versions, else what is installed elsewhere.
for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) \
    "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v postgres)")"; do
    [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && [ -x "$bin/psql" ] && found=$bin && break
done
[ -n "${found:-}" ] || give_up "no PostgreSQL found; run .ci/prepare, which installs it"

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    account=postgres
    id -u postgres >/dev/null 2>&1 || account=nobody
    group=$(id -gn "$account")
    as() { setpriv --reuid "$account" --regid "$group" --clear-groups "$@"; }
else
    as() { "$@"; }
fi

for folder; do
    files=$(mktemp -d "$folder/postgres-XXXXXX") || continue
    [ -z "${account:-}" ] || chown "$account:$group" "$files"
    as test -w "$files" && break # not when a folder above is closed to others
    rm -rf "$files"
    files=
done
[ -n "$files" ] || give_up "none of these folders can be entered by ${account:-this user}: $*"
cd "$files" || give_up "cannot enter $files"

said=$(as "$bin/initdb" -D data -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync 2>&1) ||
    give_up "initdb: $said"
cat >>data/postgresql.conf <<EOF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 400
shared_buffers = 64MB
dynamic_shared_memory_type = mmap
fsync = $fsync
full_page_writes = $fsync
max_wal_size = 256MB
autovacuum_naptime = 10min
EOF

up=$(start)
[ "$up" = ok ] || give_up "${up#error: }"
said=$(as "$bin/psql" -qX -h 127.0.0.1 -p "$port" -U postgres -c 'CREATE ROLE heimdall LOGIN' 2>&1) ||
    give_up "psql: $said"
echo "$bin"
while read -r command; do
    case $command in
        start) start ;;
        stop) stop fast ;;
        kill) stop immediate ;;
    esac
done
clean_up
