# Starts the servers that are compared, each on one core, with its logs off. To be sourced.
# Sets server_id[NAME], the process that answers, and server_port[NAME].

declare -A server_id server_port

start_all() { # site
    local port name
    port=$(free_port)
    for name in latchkey nginx lighttpd caddy floor; do
        server_port[$name]=$((port++))
        "start_$name" "${server_port[$name]}" "$1"
        wait_for "${server_port[$name]}"
    done
}

wait_for() { # port
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do sleep 0.05; done
}

on_server_core() { # name, command…
    local name=$1
    shift
    taskset -c "$server_core" "$@" >/dev/null 2>"$work/$name.err" &
    servers+=($!)
    server_id[$name]=$!
}

start_latchkey() { # port, site
    on_server_core latchkey "$latchkey" serve --threads 1 --listen "127.0.0.1:$1" --site "$2" --data "$work/data" \
        --log-level warning
}

start_nginx() {
    cat >"$work/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log crit;
events { worker_connections 16384; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 60;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen 127.0.0.1:$1; root $2/Output; }
}
CONF
    # The worker runs as a user who must be allowed to read the files.
    chmod -R a+rX "$work"
    on_server_core nginx /usr/sbin/nginx -e "$work/nginx.log" -p "$work" -c "$work/nginx.conf"
    local master=${server_id[nginx]} worker
    until worker=$(pgrep -P "$master" | head -1) && [ -n "$worker" ]; do sleep 0.05; done
    server_id[nginx]=$worker
}

start_lighttpd() {
    cat >"$work/lighttpd.conf" <<CONF
server.bind = "127.0.0.1"
server.port = $1
server.document-root = "$2/Output"
server.max-keep-alive-requests = 1000000000
server.max-keep-alive-idle = 60
server.max-connections = 16384
server.max-fds = 32768
mimetype.assign = ( ".html" => "text/html", ".css" => "text/css" )
CONF
    on_server_core lighttpd /usr/sbin/lighttpd -D -f "$work/lighttpd.conf"
}

start_caddy() {
    cat >"$work/Caddyfile" <<CONF
{
    admin off
    auto_https off
}
http://127.0.0.1:$1 {
    root * $2/Output
    file_server
}
CONF
    XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work GOMAXPROCS=1 \
        on_server_core caddy /usr/bin/caddy run --config "$work/Caddyfile" --adapter caddyfile
}

start_floor() {
    cc -O2 -o "$work/floor" Scripts/bench/floor.c
    on_server_core floor "$work/floor" "$1"
}
