# SPDX-License-Identifier: GPL-2.0-only
"""Where an event's socket is, and what its owner runs, also when all that is gone by then."""
import json
import os
import shutil
import socket
import subprocess
import sys

from cgroups import Cgroup, cgroup_root, ours
from harness import LONG, Child, Settings, Skip, Watch, check, end_of, finished, here, listener, run, scratch, wait_until

DOCKER_ID = "0123456789abcdef" * 4
CONNECT = ("import socket, sys; s = socket.socket(); s.connect(('127.0.0.1', int(sys.argv[1]))); "
           "s.close()")


def connect_by_a_shell(sock, word):
    """
    To a listener, by a process of some milliseconds that a shell starts; the shell's PID. It is over
    for both sides then: ours is closed, as its kernel may take its time to answer that the client did.
    """
    host, port = sock.getsockname()[:2]
    script = CONNECT.replace("127.0.0.1", host)
    check(host in script)
    command = f"'{sys.executable}' -S -E -c \"$1\" {port} {word}; (:); exit 0"
    with subprocess.Popen(["sh", "-c", command, "sh", script]) as shell:
        check(end_of(shell, LONG) == 0)
    sock.accept()[0].close()
    return shell.pid


def connect_from(cgroup, port):
    """A process in the cgroup that connects once, and is gone."""
    def client(link):
        cgroup.enter()
        socket.create_connection(("127.0.0.1", port)).close()
    child = Child(client)
    check(child.wait() == 0, "client")
    return child.pid


def test_place__of_a_container():
    with listener() as sock:
        port = sock.getsockname()[1]
        group = Cgroup(f"{ours()}.slice/docker-{DOCKER_ID}.scope")
        try:
            with Watch("-E") as w:
                pid = connect_from(group, port)
                first = w.wait_for(pid=pid, old_state="CLOSE", state="SYN_SENT")
                check(first["cgroup_id"] == group.id, first)
                check(first["cgroup"] == f"/{ours()}.slice/docker-{DOCKER_ID}.scope", first)
                check(first["container"] == DOCKER_ID and first["runtime"] == "docker", first)
                check("pod" not in first and "unit" not in first and "exe" not in first, first)
                group.remove()
                sock.accept()[0].close()
                second = w.wait_for(pid=pid, state="TIME_WAIT")
                check(second.get("container") == DOCKER_ID, "it is known after it was removed", second)
                w.stop()
        finally:
            group.remove()


def test_place__of_containers_that_live_for_milliseconds():
    """Each is gone when its events are told: the kernel has said what it was when it was made."""
    ids = [f"{i:064x}" for i in range(1, 61)]
    above = Cgroup(f"{ours()}.slice")
    told_of = {}
    try:
        with listener(backlog=128) as sock, Watch("-E") as w:
            port = sock.getsockname()[1]
            for name in ids:
                group = Cgroup(f"{ours()}.slice/docker-{name}.scope")
                try:
                    told_of[connect_from(group, port)] = name
                finally:
                    group.remove()
            for pid in told_of:
                w.wait_for(pid=pid, old_state="CLOSE", state="SYN_SENT")
            w.stop()
            wrong = [r for r in w.records() if r["event"] == "state" and r.get("pid") in told_of and
                     r.get("container") != told_of[r["pid"]]]
            check(not wrong, len(wrong), wrong[:3])
    finally:
        above.remove()


def test_place__of_a_unit_without_the_right_to_open_handles():
    with listener() as sock:
        port = sock.getsockname()[1]
        group = Cgroup(ours() + ".slice/some\\x2dthing.service")
        drop = ["setpriv", "--bounding-set=-dac_read_search", "--inh-caps=-dac_read_search"]
        try:
            for prefix in ([], drop):
                with Watch("-E", prefix=prefix) as w:
                    pid = connect_from(group, port)
                    first = w.wait_for(pid=pid, old_state="CLOSE", state="SYN_SENT")
                    check(first["unit"] == "some\\x2dthing.service", first)
                    check("container" not in first and "runtime" not in first, first)
                    w.stop()
        finally:
            group.remove()


def test_place__of_a_row():
    group = Cgroup(f"{ours()}.slice/libpod-{DOCKER_ID}.scope")

    def serve(link):
        group.enter()
        sock = listener()
        link.say(sock.getsockname()[1])
        link.hear()
    try:
        child = Child(serve)
        port = int(child.hear())
        with Watch() as w:
            row = w.wait_for(event="socket", local_port=port)
            check(row["container"] == DOCKER_ID and row["runtime"] == "podman", row)
            w.stop()
        child.say()
        child.wait()
    finally:
        group.remove()


def test_place__name_of_a_network_namespace():
    name = ours()
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        raise Skip(f"ip netns add: {made.stderr}")
    try:
        in_it = ["ip", "netns", "exec", name]
        subprocess.run([*in_it, "ip", "link", "set", "lo", "up"], check=True)
        with Watch("-E", everywhere=True) as w:
            subprocess.run([*in_it, sys.executable, "-c",
                            "import socket; s = socket.create_server(('127.0.0.1', 0)); "
                            "socket.create_connection(s.getsockname())"], check=True)
            first = w.wait_for(netns_name=name, old_state="CLOSE", state="SYN_SENT")
            check(first["netns"] == os.stat(f"/run/netns/{name}").st_ino, first)
            w.stop()
            check(all("netns_name" not in r for r in w.records() if r.get("netns") != first["netns"] and
                      r.get("netns_name") == name), "one namespace has the name")
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def test_place__names_of_namespaces_one_after_the_other():
    """The inode number of one that is gone is used again at once: each has its own name."""
    names = [ours() + end for end in ("a", "b", "c")]
    with Watch("-E", everywhere=True) as w:
        for name in names:
            made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
            if made.returncode:
                raise Skip(f"ip netns add: {made.stderr}")
            try:
                with open(f"/run/netns/{name}", encoding="ascii") as file:
                    inode = os.fstat(file.fileno()).st_ino
                subprocess.run(["ip", "netns", "exec", name, sys.executable, "-c",
                                "import socket; socket.create_server(('127.0.0.1', 0))"], check=True)
                w.wait_for(netns=inode, netns_name=name, state="LISTEN")
            finally:
                subprocess.run(["ip", "netns", "del", name], check=True)
        w.stop()


def test_place__processes_that_are_gone_at_once():
    """Each execs, connects and ends; the reader comes to them in batches."""
    count = 200
    with listener(backlog=1024) as sock:
        port = str(sock.getsockname()[1])
        with Watch("-E", "-e", "--buffer-size=16M") as w:
            for i in range(count):
                subprocess.run([sys.executable, "-S", "-E", "-c", CONNECT, port, f"number-{i}"], check=True)
            wait_until(lambda: len(w.find(old_state="CLOSE", state="SYN_SENT")) >= count, "all connects")
            w.stop()
            connects = w.find(old_state="CLOSE", state="SYN_SENT")
    exe = os.path.realpath(sys.executable)
    for i, r in enumerate(connects):
        check(os.path.realpath(r.get("exe", "-")) == exe, i, r)
        check(r.get("cmdline", "").endswith(f" {port} number-{i}"), i, r)
        check(r.get("start_time", "") < r["time"], i, r)


def test_place__of_text_only_with_extended():
    group = Cgroup(f"{ours()}.slice/docker-{DOCKER_ID}.scope")
    try:
        with listener() as sock:
            for args, shown in (((), False), (("-e",), True)):
                with Watch("-E", here(), *args, form=None) as w:
                    connect_from(group, sock.getsockname()[1])
                    wait_until(lambda: "SYN_SENT" in w.text(), "the connect")
                    w.stop()
                    check((f" container={DOCKER_ID[:12]} runtime=docker" in w.text()) == shown, w.text())
    finally:
        group.remove()


def test_place__forked_children_that_are_gone_at_once():
    def client(link):
        socket.create_connection(("127.0.0.1", port)).close()
    with listener(backlog=1024) as sock:
        port = sock.getsockname()[1]
        with Watch("-E", "-e", "--buffer-size=16M") as w:
            pids = []
            for _ in range(50):
                child = Child(client)
                check(child.wait() == 0, "client")
                pids.append(child.pid)
            wait_until(lambda: len(w.find(old_state="CLOSE", state="SYN_SENT")) >= 50, "all connects")
            w.stop()
            connects = w.find(old_state="CLOSE", state="SYN_SENT")
    check([r["pid"] for r in connects] == pids, connects)
    for r in connects:
        check(r.get("exe") == os.path.realpath("/proc/self/exe") and "run.py" in r.get("cmdline", ""), r)


def login_of(pid):
    try:
        with open(f"/proc/{pid}/loginuid", encoding="ascii") as f:
            return f.read()
    except FileNotFoundError:  # no audit
        return 0xffffffff


def test_place__what_started_a_process_that_is_gone_at_once():
    """From a shell, whose name it is, in a session that somebody logged in to, where audit has that."""
    def run(link):
        try:
            with open("/proc/self/loginuid", "w", encoding="ascii") as f:
                f.write("4711")
        except OSError:
            pass
        command = f"read go; '{sys.executable}' -S -E -c \"$1\" {port} x; (:); exit 0"
        with subprocess.Popen([folder + "/a-shell", "-c", command, "sh", CONNECT], stdin=subprocess.PIPE) as shell:
            link.say(f"{shell.pid} {login_of(shell.pid)}")
            link.hear()
            shell.communicate(b"go\n")

    with listener() as sock, scratch() as folder:
        port = sock.getsockname()[1]
        os.symlink(shutil.which("sh"), folder + "/a-shell")
        with Watch("-E", "-e") as w:
            child = Child(run)
            shell, login = child.hear().split()
            child.say()
            check(child.wait() == 0)
            r = w.wait_for(old_state="CLOSE", state="SYN_SENT", remote_port=port)
    check((r["ppid"], r["parent_comm"]) == (int(shell), "a-shell"), r, shell)
    check(r.get("login_uid", 0xffffffff) == int(login), r, login)


LISTEN_AND_CONNECT = """
import os, socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
c = socket.create_connection(s.getsockname())
print(os.getpid())
"""


def test_place__inside_a_pid_namespace_numbers_are_its_own():
    with scratch() as folder:
        script = (f"{Settings.binary} -jE -v --netns /proc/self/ns/net --count 4 >{folder}/out 2>{folder}/err &"
                  f"while ! grep -q 'ring buffer' {folder}/err; do sleep 0.05; done;"
                  f"{sys.executable} -c '{LISTEN_AND_CONNECT}'; wait")
        done = finished(["unshare", "-p", "-f", "--mount-proc", "sh", "-c", script], LONG)
        check(done.returncode == 0, done)
        pid = int(done.stdout)
        check(pid < 1000, "not a number of a new namespace", pid)
        with open(folder + "/out", encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    check(len(records) == 4, records)
    for r in records:
        check(r["pid"] == pid and "ns_pid" not in r and r["comm"].startswith("python"), r)
        check(r.get("actor_pid", pid) == r.get("actor_tid", pid) == pid, r)


# --- only those of a cgroup ------------------------------------------------------------------------

def serve_in(group, link):
    """A listener of TCP and a socket of UDP in the cgroup; for every word a connection of its own."""
    group.enter()
    sock, udp = listener(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    link.say(sock.getsockname()[1])
    link.say(udp.getsockname()[1])
    while link.hear() == "go":
        with sock.accept()[0]:
            pass
        link.say("done")


class Server:
    """That, as a process."""

    def __init__(self, group):
        self.child = Child(lambda link: serve_in(group, link))
        self.port, self.udp_port = int(self.child.hear()), int(self.child.hear())

    def talk(self):
        """Connects, from outside; the server closes first."""
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            self.child.ask()
            check(s.recv(1) == b"", "it closes")

    def end(self):
        if self.child:
            self.child.say("end")
            self.child.wait()
            self.child = None


def two_cgroups(test):
    """A cgroup with one below it that has a server, and another with one; all of them are gone at the end."""
    name = ours()
    inner, outer = Cgroup(f"{name}.slice/some/inner.scope"), Cgroup(f"{name}.other")
    try:
        servers = Server(inner), Server(outer)
        try:
            test(os.path.dirname(inner.path), *servers)
        finally:
            for server in servers:
                server.end()
    finally:
        inner.remove()
        outer.remove()


def ports_of(rows):
    return {port for row in rows for port in (row.get("local_port"), row.get("remote_port")) if port}


def test_place__only_of_a_cgroup_in_the_stream():
    def look(above, inside, outside):
        with Watch("-E", "-tu", "--cgroup", above) as w:
            outside.talk()
            inside.talk()
            end = w.wait_for(local_port=inside.port, state="TIME_WAIT")
            check(end["cgroup"].endswith("some/inner.scope"), end)
            inside.end()
            w.wait_for(proto="udp", local_port=inside.udp_port, event="close")
            w.wait_for(local_port=inside.port, old_state="LISTEN", state="CLOSE")
            records = w.stop()
            ports = {r.get("local_port") for r in records}
            check(ports == {inside.port, inside.udp_port}, "only its own side", records)
            check(w.status == 0, w.stderr())
    two_cgroups(look)


def test_place__a_cgroup_that_is_made_anew_is_still_meant():
    """Three lives of a service, each with what is below: the path stays, the ids do not."""
    path = f"{ours()}.slice/again.service"
    first = Cgroup(path)
    try:
        with listener(backlog=64) as sock, Watch("-E", "-tu", "--cgroup", "/" + path) as w:
            port = sock.getsockname()[1]
            pids = {connect_from(first, port)}
            first.remove()
            for _ in range(2):
                inner = Cgroup(path + "/inner.scope")
                try:
                    pids.add(connect_from(inner, port))
                finally:
                    inner.remove()
            other = Cgroup(f"{ours()}.slice/other.service")
            try:
                connect_from(other, port)
            finally:
                other.remove()
            last = Cgroup(path)
            try:
                pids.add(connect_from(last, port))
            finally:
                last.remove()
            for pid in pids:
                w.wait_for(pid=pid, state="ESTABLISHED")
            w.stop()
            check({r["pid"] for r in w.records() if r["event"] == "state"} == pids, pids, w.records())
    finally:
        first.remove()


def test_place__only_of_a_unit_a_container_or_an_executable():
    unit, box = f"{ours()}-x.service", f"docker-{DOCKER_ID}.scope"
    first, second = Cgroup(f"{ours()}.slice/{unit}"), Cgroup(f"{ours()}.slice/{box}")
    exe = os.path.realpath(sys.executable)
    try:
        with listener(backlog=64) as sock:
            port = str(sock.getsockname()[1])
            for args, wanted in (((f"--unit={unit[:-8]}",), {0}), (("--unit", unit[:-9] + "*"), {0}),
                                 (("--container", DOCKER_ID[:12]), {1}), (("--exe", exe), {0, 1}),
                                 (("--exe=no-such-program",), set())):
                with Watch("-E", "-D", port, *args) as w, Watch("-E", "-D", port) as every:
                    pids = [connect_from(group, port) for group in (first, second)]
                    for pid in pids:
                        every.wait_for(pid=pid, state="FIN_WAIT1")
                    for i in wanted:
                        w.wait_for(pid=pids[i], state="FIN_WAIT1")
                    w.stop()
                    check({r["pid"] for r in w.records() if r["event"] == "state"} == {pids[i] for i in wanted}, args)
            rows = records_of(told("list", "-tj", "-L", port, "--exe", os.path.basename(exe)))
            check([r["exe"] for r in rows if r["state"] == "LISTEN"] == [exe], rows)
            check(not records_of(told("list", "-tj", "-L", port, "--container", DOCKER_ID)), "not ours")
    finally:
        second.remove() # the first made what both are in
        first.remove()


def told(*args):
    return run(*args, text=True)


def records_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_place__only_of_a_cgroup_in_the_rows():
    def look(above, inside, outside):
        for source in ("bpf", "proc"):
            shown = told("list", "-tuj", f"--snapshot={source}", "--cgroup", above)
            if source == "bpf" and "no BPF iterators" in shown.stderr:
                continue
            rows = records_of(shown)
            check(ports_of(rows) == {inside.port, inside.udp_port}, source, rows)
            everything = told("list", "-tuj", f"--snapshot={source}", "--cgroup", cgroup_root())
            check({inside.port, outside.port} <= ports_of(records_of(everything)),
                  "all are below the root")
        held = told("who", str(inside.port), str(outside.port), "-j", "--cgroup", above)
        check(ports_of(records_of(held)) == {inside.port}, held.stdout)
    two_cgroups(look)


def test_place__cgroups_by_their_names():
    def look(above, inside, outside):
        below = os.path.relpath(above, cgroup_root())
        names = [above, str(os.stat(above).st_ino), f"{above}/inner.scope", below, "/" + below, "./" + below]
        for name in names:
            shown = told("list", "-tj", "--snapshot=proc", "--cgroup", name)
            check(ports_of(records_of(shown)) == {inside.port}, name, shown.stdout)
        both = told("list", "-tj", "--cgroup", f"{above},{os.path.dirname(os.path.dirname(above))}.other")
        check(both.returncode == 2, "a name of a cgroup that is not there", both.stderr)
        name = above + "-none"
        refused = told("--cgroup", name)
        check(refused.returncode == 2 and f"'{name}' is not a cgroup" in refused.stderr, refused.stderr)
    two_cgroups(look)
