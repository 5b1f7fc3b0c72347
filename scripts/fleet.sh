#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/fleet.sh [DIR]
#
# A fleet's servers on this machine, on loopback, for trials and tests: ClickHouse, two shards of two
# replicas each, and ZooKeeper. All is kept in DIR (by default a folder that is removed in the end),
# and runs until this is ended (Ctrl-C); then each is ended that was started here. Prints how they
# are reached, and "ready".
#
# Needs the packages clickhouse-server and zookeeper (Debian 12 has both, Debian 13 neither): where
# they are missing it says so, and ends with 77. A port that is taken is named, and ends it with 1.
set -uo pipefail

base=${SOCKWATCH_FLEET_PORT:-8121} # of the first server's HTTP; the others follow, see ports_of
cluster=fleet
zoo=$((base + 40))
hosts=4

ports_of() { # of server $1, from 0: HTTP, TCP, between replicas
    echo $((base + $1)) $((base + 10 + $1)) $((base + 20 + $1))
}

say() { echo "fleet.sh: $*" >&2; }

missing=()
server=$(PATH=$PATH:/usr/sbin command -v clickhouse-server) || missing+=(clickhouse-server)
java=$(command -v java) || missing+=(default-jre-headless)
[ -e /usr/share/java/zookeeper.jar ] || missing+=(zookeeper)
if [ ${#missing[@]} -gt 0 ]; then
    say "not here: ${missing[*]} (apt-get install ${missing[*]}; Debian 13 has no clickhouse-server)"
    exit 77
fi

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

for i in $(seq 0 $((hosts - 1))); do
    for port in $(ports_of "$i") $zoo; do
        ! taken "$port" || { say "port $port is taken: SOCKWATCH_FLEET_PORT names the first of others"; exit 1; }
    done
done

folder=${1:-} kept=1
[ -n "$folder" ] || { folder=$(mktemp -d /var/tmp/sockwatch-fleet-XXXXXX) && kept=0; } || exit 1
mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || exit 1
started=()

end_all() {
    trap '' INT TERM
    [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
    [ $kept = 1 ] || rm -rf --one-file-system "$folder"
}
trap end_all EXIT
trap 'exit 0' INT TERM

run() { # NAME COMMAND...: in the background, what it says in a file
    local name=$1
    shift
    (cd "$folder/$name" && exec "$@" >"$folder/$name/said" 2>&1 </dev/null) &
    started+=($!)
}

# NAME PORT: until it listens
wait_for() {
    local until=$((SECONDS + 120))

    until taken "$2"; do
        if [ $SECONDS -gt $until ] || ! kill -0 "${started[-1]}" 2>/dev/null; then
            say "$1 does not start: $folder/$1/said has why:"
            tail -3 "$folder/$1/said" >&2
            kept=1
            exit 1
        fi
        sleep 0.2
    done
}

# --- ZooKeeper ----------------------------------------------------------------------------------

mkdir -p "$folder/zookeeper"
cat >"$folder/zookeeper/zoo.cfg" <<END
tickTime=500
dataDir=$folder/zookeeper/data
clientPort=$zoo
clientPortAddress=127.0.0.1
admin.enableServer=false
END
run zookeeper "$java" -Xmx256m -cp /usr/share/java/zookeeper.jar org.apache.zookeeper.server.quorum.QuorumPeerMain \
    "$folder/zookeeper/zoo.cfg"
wait_for zookeeper $zoo

# --- ClickHouse ---------------------------------------------------------------------------------

shards=
for i in 0 2; do
    shards+="<shard><internal_replication>true</internal_replication>"
    for k in $i $((i + 1)); do
        read -r _ tcp _ <<<"$(ports_of "$k")"
        shards+="<replica><host>127.0.0.1</host><port>$tcp</port></replica>"
    done
    shards+="</shard>"
done

for i in $(seq 0 $((hosts - 1))); do
    read -r http tcp inter <<<"$(ports_of "$i")"
    home=$folder/server$i
    mkdir -p "$home"
    cat >"$home/users.xml" <<END
<yandex><profiles><default/></profiles><quotas><default/></quotas><users>
<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
</users></yandex>
END
    cat >"$home/config.xml" <<END
<yandex><logger><level>error</level><console>1</console></logger>
<http_port>$http</http_port><tcp_port>$tcp</tcp_port><listen_host>127.0.0.1</listen_host>
<interserver_http_port>$inter</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>
<path>$home/data/</path><tmp_path>$home/tmp/</tmp_path><user_files_path>$home/files/</user_files_path>
<users_config>$home/users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size>
<zookeeper><node><host>127.0.0.1</host><port>$zoo</port></node></zookeeper>
<macros><shard>$((i / 2))</shard><replica>server$i</replica></macros>
<remote_servers><$cluster>$shards</$cluster></remote_servers>
<distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl></yandex>
END
    run "server$i" "$server" "--config-file=$home/config.xml"
    wait_for "server$i" "$http"
    echo "server$i clickhouse://127.0.0.1:$http/default shard $((i / 2)) pid ${started[-1]}"
done
echo "sockwatch export --to clickhouse://127.0.0.1:$base/default --create=$cluster"
echo ready
wait
