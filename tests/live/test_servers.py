# SPDX-License-Identifier: GPL-2.0-only
"""Real servers, and the ways in which they hand a socket on: each owner is compared with what the
server says of itself, or /proc of it.

A connection is its acceptor's (accept) until another process reads or writes it, which makes it that
one's (use), and so on. What merely holds a copy of the descriptor owns nothing.
"""
import ctypes
import http.server
import json
import os
import pwd
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading

from harness import (DEADLINE, LIBC, Child, Skip, Watch, check, check_chains, listener, scratch, set_name,
                     wait_until)

CLONE_NEWPID = 0x20000000
ENDS = ("CLOSE", "TIME_WAIT")  # in which a connection's last process has nothing to do any more
BEFORE_ACCEPT = ("LISTEN", "SYN_RECV")


# --- what the tests share ---------------------------------------------------------------------------


def needs(name, *places):
    """The path of a program; the test is skipped by its name when it is not installed."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin", *places])
    found = shutil.which(name, path=path)
    if not found:
        raise Skip(f"{name} is not installed")
    return found


def listens(port):
    """Whether a socket of this namespace listens on port; asks without a connection."""
    for table in ("tcp", "tcp6"):
        with open("/proc/self/net/" + table, encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        if any(row[3] == "0A" and int(row[1].split(":")[1], 16) == port for row in rows):
            return True
    return False


class Server:
    """A program that serves on port until the block is left; its output is kept for a failure."""

    def __init__(self, argv, port, **kw):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, **kw)
        self.errors = []
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        self.pid = self.process.pid
        wait_until(lambda: self.process.poll() is not None or listens(port), argv[0])
        if self.process.poll() is not None:
            self.thread.join()
            raise AssertionError(f"{argv[0]} ended: " + b"".join(self.errors).decode())

    def _read(self):
        self.errors.extend(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def comm_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
        return f.read().rstrip("\n")


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return int(f.read().rpartition(")")[2].split()[1])


def holders_of(inode):
    """The processes that have this socket's descriptor."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except OSError:
            continue  # it ended
        if f"socket:[{inode}]" in links:
            found.add(int(pid))
    return found


def talk(port, request):
    """One connection to its end: the client's port and the answer."""
    with socket.create_connection(("127.0.0.1", port)) as c:
        c.settimeout(60)
        client_port = c.getsockname()[1]
        c.sendall(request)
        answer = b""
        while part := c.recv(65536):
            answer += part
    return client_port, answer


def get(port):
    """The client's port and the body of an HTTP answer."""
    client_port, answer = talk(port, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    check(b" 200 " in head.split(b"\r\n")[0], answer)
    return client_port, body.decode().strip()


def served(w, port, client_port):
    """What was told of the server's side, to its end."""
    def told():
        return [r for r in w.records() if r.get("local_port") == port
                and r.get("remote_port") == client_port]
    wait_until(lambda: any(r["event"] == "state" and r["state"] in ENDS for r in told()),
               f"the end of {client_port} -> {port}\n" + w.dump())
    return told()


def check_served(records, owner, comm, *, acceptor=None, listening=None):
    """The listener's owner until the accept, the acceptor until the first use, then the user."""
    acceptor = acceptor or owner
    allowed = {owner, acceptor} | ({listening} if listening else set())
    check_chains(records)
    for r in records:
        check(r.get("pid", owner) in allowed, r, "allowed:", allowed)
    accepted = [r for r in records if r["event"] == "accept"]
    check([r["pid"] for r in accepted] == [acceptor], "accepted by", accepted, acceptor)
    closing = [r for r in records if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT]
    check(len(closing) >= 2, records)
    source = "accept" if acceptor == owner else "use"
    for r in closing:
        check((r["pid"], r["comm"], r["owner_source"]) == (owner, comm, source), r, "owner:", owner)
        # whoever closes its copy last ends the connection
        check(r.get("actor_pid", owner) in (owner, acceptor), r)


# --- real servers -----------------------------------------------------------------------------------

NGINX = """
daemon off; worker_processes 3; user root; pid {0}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
  uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
  server {{ listen 127.0.0.1:8080{1}; location / {{ return 200 "$pid"; }} }}
}}
"""


def nginx(options):
    program = needs("nginx")
    with scratch() as folder:
        with open(folder + "/conf", "w", encoding="ascii") as f:
            f.write(NGINX.format(folder, options))
        with Server([program, "-p", folder, "-c", folder + "/conf", "-e", "stderr"], 8080) as server, \
             Watch() as w:
            for _ in range(12):
                client_port, worker = get(8080)
                check(int(worker) != server.pid)
                check_served(served(w, 8080, client_port), int(worker), "nginx",
                             listening=server.pid)


def test_servers__nginx_worker_that_answers_is_the_owner():
    nginx("")


def test_servers__nginx_with_a_listener_for_each_worker():
    nginx(" reuseport")


def test_servers__nginx_that_starts_later():
    """Its workers inherit a listener that was seen to begin, and not one of the snapshot."""
    program = needs("nginx")
    with scratch() as folder, Watch("-E") as w:
        with open(folder + "/conf", "w", encoding="ascii") as f:
            f.write(NGINX.format(folder, ""))
        with Server([program, "-p", folder, "-c", folder + "/conf", "-e", "stderr"], 8080) as server:
            r = w.wait_for(local_port=8080, state="LISTEN")
            check((r["pid"], r["comm"], r["owner_source"]) == (server.pid, "nginx", "listen"), r)
            client_port, worker = get(8080)
            check_served(served(w, 8080, client_port), int(worker), "nginx", listening=server.pid)


def test_servers__postgresql_backend_owns_what_the_postmaster_accepted():
    binaries = ["/usr/lib/postgresql/%d/bin" % n for n in range(30, 8, -1)]
    initdb, postgres, psql = (needs(x, *binaries) for x in ("initdb", "postgres", "psql"))
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    with scratch() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder + "/data"
        made = subprocess.run([*become, initdb, "-D", data, "-A", "trust", "-U", "test", "-N",
                               "--no-locale"], cwd=folder, capture_output=True, check=False)
        check(made.returncode == 0, made.stderr.decode())
        argv = [*become, postgres, "-D", data, "-p", "5432", "-h", "127.0.0.1", "-k", folder, "-F"]
        with Server(argv, 5432, cwd=folder) as server, Watch() as w:
            for _ in range(3):
                done = subprocess.run([psql, "-h", "127.0.0.1", "-U", "test", "-At", "-c",
                                       "select pg_backend_pid()", "postgres"], cwd=folder,
                                      env={**os.environ, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"},
                                      capture_output=True, text=True, timeout=DEADLINE, check=False)
                backend = int(done.stdout) if done.returncode == 0 else 0
                check(backend and backend != server.pid, done)
                r = w.wait_for(event="state", local_port=5432, actor_pid=backend)
                records = served(w, 5432, r["remote_port"])
                check_served(records, backend, "postgres", acceptor=server.pid)


def test_servers__redis():
    program = needs("redis-server")
    with scratch() as folder:
        argv = [program, "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with Server(argv, 6379) as server, Watch() as w:
            for _ in range(3):
                client_port, answer = talk(6379, b"INFO server\r\nQUIT\r\n")
                check(b"process_id:%d\r\n" % server.pid in answer, answer)
                check_served(served(w, 6379, client_port), server.pid, "redis-server")


def test_servers__sshd_session_owns_what_the_daemon_accepted():
    program, keygen = needs("sshd"), needs("ssh-keygen")
    made = not os.path.exists("/run/sshd")
    os.makedirs("/run/sshd", 0o755, exist_ok=True)
    try:
        with scratch() as folder:
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder + "/key"], check=True)
            argv = [program, "-D", "-e", "-f", "/dev/null", "-p", "2222", "-h", folder + "/key", "-o",
                    "ListenAddress=127.0.0.1", "-o", "PidFile=none", "-o", "UsePAM=no"]
            with Server(argv, 2222) as server, Watch("-E") as w:
                with socket.create_connection(("127.0.0.1", 2222)) as c:
                    c.settimeout(60)
                    client_port = c.getsockname()[1]
                    check(c.recv(4096).startswith(b"SSH-2.0-"))
                    c.sendall(b"SSH-2.0-test\r\n")
                    check(c.recv(4096))  # its side of the key exchange: the session is at work
                    accepted = w.wait_for(event="accept", local_port=2222)
                    check(accepted["pid"] == server.pid, accepted)
                    users = holders_of(accepted["inode"]) - {server.pid, os.getpid()}
                    check(users, "nobody holds the connection")
                for r in served(w, 2222, client_port):
                    if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT:
                        check(r["pid"] in users and r["comm"] == "sshd", r, users)
                        check(r["owner_source"] == "use", r)
    finally:
        if made:
            os.rmdir("/run/sshd")


NODE = """
const serve = () => require('http').createServer((request, response) => {
  response.setHeader('Connection', 'close');
  response.end(String(process.pid));
}).listen(3000, '127.0.0.1');
"""
CLUSTER = NODE + """
const cluster = require('cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else serve();
"""


def test_servers__node():
    with Server([needs("node"), "-e", NODE + "serve();"], 3000) as server, Watch() as w:
        for _ in range(3):
            client_port, answer = get(3000)
            check(int(answer) == server.pid, answer)
            check_served(served(w, 3000, client_port), server.pid, comm_of(server.pid))


def test_servers__node_worker_owns_what_the_primary_passed_to_it():
    with scratch() as folder:
        with open(folder + "/cluster.js", "w", encoding="ascii") as f:
            f.write(CLUSTER)
        with Server([needs("node"), folder + "/cluster.js"], 3000) as server, Watch() as w:
            for _ in range(4):
                client_port, worker = get(3000)
                check(int(worker) != server.pid)
                check_served(served(w, 3000, client_port), int(worker), comm_of(int(worker)),
                             acceptor=server.pid)


def test_servers__node_as_a_client():
    sock = listener()
    port = sock.getsockname()[1]
    code = f"require('net').connect({port}, '127.0.0.1').on('data', () => {{}})"
    with Watch("-E") as w:
        client = subprocess.Popen([needs("node"), "-e", code])
        conn, peer = sock.accept()
        comm = comm_of(client.pid)
        conn.close()
        check(client.wait(60) == 0)
        w.wait_for(local_port=peer[1], old_state="LAST_ACK", state="CLOSE")
        told = w.find(local_port=peer[1], remote_port=port, event="state")
        check({(r["pid"], r["comm"], r["owner_source"]) for r in told}
              == {(client.pid, comm, "connect")}, told)


JAVA = """
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Serve {
  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 8081), 0);
    server.setExecutor(java.util.concurrent.Executors.newFixedThreadPool(2));
    server.createContext("/", exchange -> {
      byte[] answer = Long.toString(ProcessHandle.current().pid()).getBytes();
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }
}
"""


def test_servers__java_process_not_the_thread_that_accepted():
    java = needs("java")
    needs("javac")
    with scratch() as folder:
        with open(folder + "/Serve.java", "w", encoding="ascii") as f:
            f.write(JAVA)
        with Server([java, "-Xint", "-Xshare:auto", folder + "/Serve.java"], 8081) as server, \
             Watch() as w:
            for _ in range(3):
                client_port, answer = get(8081)
                check(int(answer) == server.pid, answer)
                check_served(served(w, 8081, client_port), server.pid, comm_of(server.pid))


def test_servers__http_server_of_python():
    with scratch() as folder:
        argv = [sys.executable, "-m", "http.server", "8082", "--bind", "127.0.0.1", "-d", folder]
        with Server(argv, 8082) as server, Watch() as w:
            for _ in range(3):
                client_port, _ = get(8082)
                check_served(served(w, 8082, client_port), server.pid, comm_of(server.pid))


class TellPid(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        self.wfile.write(b"%d" % os.getpid())


def test_servers__forking_server_of_socketserver():
    def serve(link):
        with socketserver.ForkingTCPServer(("127.0.0.1", 8083), TellPid) as server:
            link.say("up")
            for _ in range(3):
                server.handle_request()

    server = Child(serve)
    server.hear()
    with Watch() as w:
        for _ in range(3):
            client_port, answer = talk(8083, b"who\n")
            check(int(answer) != server.pid)
            check_served(served(w, 8083, client_port), int(answer), comm_of(server.pid),
                         acceptor=server.pid)
    server.wait()


def test_servers__threading_server_of_http_server():
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            set_name(b"a-thread")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    def serve(link):
        set_name(b"the-server")
        with http.server.ThreadingHTTPServer(("127.0.0.1", 8084), Hello) as server:
            link.say("up")
            for _ in range(3):
                server.handle_request()
            link.hear()  # the threads are still at it

    server = Child(serve)
    server.hear()
    with Watch() as w:
        for _ in range(3):
            client_port, _ = get(8084)
            check_served(served(w, 8084, client_port), server.pid, "the-server")
    server.say()
    server.wait()


# --- sockets that are handed on ---------------------------------------------------------------------


def pass_on(channel, sock):
    socket.send_fds(channel, [b"x"], [sock.fileno()])


def receive(channel):
    _, fds, _, _ = socket.recv_fds(channel, 1, 1)
    return socket.socket(fileno=fds[0])


def read_to_end(conn):
    while conn.recv(4096):
        pass
    conn.close()


def test_servers__listener_passed_to_another_process():
    here, there = socket.socketpair()

    def make(link):
        sock = listener(port=8090)
        pass_on(here, sock)
        link.say("passed")
        link.hear()

    def serve(link):
        sock = receive(there)
        link.say("received")
        conn, _ = sock.accept()
        read_to_end(conn)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        maker, server = Child(make), Child(serve)
        maker.hear()
        server.hear()
        client_port, _ = talk_and_close(w, 8090)
        server.hear()
        check_served(served(w, 8090, client_port), server.pid, comm_of(server.pid),
                     listening=maker.pid)
        for child in (maker, server):
            child.say()
            child.wait()


def talk_and_close(w, port):
    """A connection that the client ends first, once it was accepted."""
    c = socket.create_connection(("127.0.0.1", port))
    client_port = c.getsockname()[1]
    c.sendall(b"hello")
    w.wait_for(event="accept", local_port=port, remote_port=client_port)
    c.shutdown(socket.SHUT_WR)
    c.settimeout(60)
    answer = c.recv(4096)
    c.close()
    return client_port, answer


def accept_and_pass(sock, channel, read_first=0):
    def work(link):
        link.say("up")
        conn, _ = sock.accept()
        if read_first:
            conn.recv(read_first)
        pass_on(channel, conn)
        link.say("passed")
        link.hear()  # it keeps its copy: the other one has the connection all the same
    return Child(work)


def passed_connection(read_first):
    sock = listener()
    port = sock.getsockname()[1]
    here, there = socket.socketpair()

    def use(link):
        conn = receive(there)
        conn.recv(1)
        link.say("read")
        while conn.recv(1):
            pass
        conn.shutdown(socket.SHUT_RDWR)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        acceptor, user = accept_and_pass(sock, here, read_first), Child(use)
        acceptor.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        user.hear()
        acceptor.hear()
        r = w.wait_for(event="accept", remote_port=client_port)
        check(r["pid"] == acceptor.pid, r)
        # the receiver has begun to read: the end is told after that
        c.shutdown(socket.SHUT_WR)
        user.hear()
        c.close()
        check_served(served(w, port, client_port), user.pid, comm_of(user.pid),
                     acceptor=acceptor.pid, listening=os.getpid())
        for child in (acceptor, user):
            child.say()
            child.wait()


def test_servers__accepted_connection_passed_to_another_process():
    passed_connection(0)


def test_servers__accepted_connection_read_and_then_passed_on():
    passed_connection(2)


def test_servers__connection_passed_on_twice_belongs_to_its_latest_user():
    sock = listener()
    port = sock.getsockname()[1]
    first, second = socket.socketpair(), socket.socketpair()

    def between(link):
        conn = receive(first[1])
        conn.recv(2)
        pass_on(second[0], conn)
        link.say("passed")
        link.hear()

    def last(link):
        conn = receive(second[1])
        conn.recv(2)
        link.say("read")
        read_to_end(conn)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        acceptor, middle, end = accept_and_pass(sock, first[0]), Child(between), Child(last)
        children = (acceptor, middle, end)
        acceptor.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        for child in children:
            child.hear()
        c.shutdown(socket.SHUT_WR)
        end.hear()
        for child in children:  # the last copy goes, and the server's side is closed
            child.say()
            child.wait()
        c.close()
        told = [r for r in served(w, port, client_port)
                if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT]
        check({(r["pid"], r["owner_source"]) for r in told} == {(end.pid, "use")}, told, end.pid)


def test_servers__child_of_the_acceptor_that_reads_is_the_owner():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        pid = os.fork()
        if pid == 0:
            set_name(b"the-child")
            read_to_end(conn)
            os._exit(0)
        conn.close()
        os.waitpid(pid, 0)
        link.say(pid)
        link.hear()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        c.shutdown(socket.SHUT_WR)
        child = int(server.hear())
        c.close()
        told = served(w, port, client_port)
        # the request and its end may be there before the child reads: what it drives is its own
        closing = [r for r in told if r.get("old_state") in ("CLOSE_WAIT", "LAST_ACK")]
        check(len(closing) == 2, told)
        for r in closing:
            check((r["pid"], r["comm"], r["owner_source"]) == (child, "the-child", "use"), r, child)
        server.say()
        server.wait()


def test_servers__child_that_uses_what_its_parent_connected_is_the_owner():
    sock = listener()
    port = sock.getsockname()[1]

    def client(link):
        c = socket.create_connection(("127.0.0.1", port))
        pid = os.fork()
        if pid == 0:
            set_name(b"the-child")
            c.sendall(b"hello")
            c.recv(1)  # where writing is not seen, reading is
            c.shutdown(socket.SHUT_RDWR)
            os._exit(0)
        os.waitpid(pid, 0)
        link.say(json.dumps([pid, c.getsockname()[1]]))
        link.hear()

    with Watch("-E") as w:
        parent = Child(client)
        conn, _ = sock.accept()
        conn.sendall(b"x")
        child, client_port = json.loads(parent.hear())
        r = w.wait_for(remote_port=port, state="SYN_SENT")
        check((r["pid"], r["owner_source"]) == (parent.pid, "connect"), r)
        r = w.wait_for(local_port=client_port, state="FIN_WAIT1")
        check((r["pid"], r["comm"], r["owner_source"]) == (child, "the-child", "use"), r, child)
        conn.close()
        parent.say()
        parent.wait()


def test_servers__child_that_only_holds_the_connection_owns_nothing():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        conn.recv(1)
        holder = Child(lambda other: (other.say("up"), other.hear()))
        holder.hear()
        while conn.recv(4096):
            pass
        conn.shutdown(socket.SHUT_RDWR)
        link.say("closed")
        link.hear()
        holder.kill()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        w.wait_for(event="accept", remote_port=client_port)
        c.shutdown(socket.SHUT_WR)
        server.hear()
        c.close()
        check_served(served(w, port, client_port), server.pid, comm_of(server.pid),
                     listening=os.getpid())
        server.say()
        server.wait()


ACTIVATED = """
import os, socket, sys
assert os.environ["LISTEN_FDS"] == "1" and int(os.environ["LISTEN_PID"]) == os.getpid()
sock = socket.socket(fileno=3)
conn, _ = sock.accept()
while conn.recv(4096):
    pass
conn.sendall(b"%d" % os.getpid())
conn.close()
sys.stdin.readline()
"""


def activate(program, sock, stdin):
    """A process that gets the listener as its third descriptor, as systemd's services do."""
    pid = os.fork()
    if pid == 0:
        os.dup2(stdin, 0)
        os.dup2(sock.fileno(), 3)
        os.set_inheritable(3, True)  # it may have been this one before
        os.execve(program, [program, "-c", ACTIVATED],
                  {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
    return pid


def test_servers__socket_activated_service():
    sock = listener(port=8091)
    stdin, hold = os.pipe()
    with scratch() as folder, Watch() as w:
        os.symlink(os.path.realpath(sys.executable), folder + "/activated")
        service = activate(folder + "/activated", sock, stdin)
        client_port, answer = talk_and_close(w, 8091)
        check(int(answer) == service, answer, service)
        check_served(served(w, 8091, client_port), service, "activated", listening=os.getpid())
        os.close(hold)
        check(os.waitpid(service, 0)[1] == 0)


# --- threads, names, ends ---------------------------------------------------------------------------


def test_servers__thread_that_accepts():
    sock = listener()

    def serve(link):
        set_name(b"the-process")

        def work():
            set_name(b"the-thread")
            link.say("up")
            conn, _ = sock.accept()
            read_to_end(conn)
        t = threading.Thread(target=work)
        t.start()
        t.join()
        link.say("done")
        link.hear()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        client_port, _ = talk_and_close(w, sock.getsockname()[1])
        server.hear()
        told = served(w, sock.getsockname()[1], client_port)
        check_served(told, server.pid, "the-process", listening=os.getpid())
        check({r["actor_comm"] for r in told if "actor_comm" in r} == {"the-thread"}, told)
        server.say()
        server.wait()


def test_servers__program_that_execs_between_connect_and_close():
    """The process stays the same. Its name may be the one it connected under, or the new one; who
    closed is told by the name it had then."""
    sock = listener()
    port = sock.getsockname()[1]
    with scratch() as folder, Watch("-E") as w:
        os.symlink(shutil.which("sh"), folder + "/renamed")
        stdin, go = os.pipe()

        def client(link):
            set_name(b"the-first-name")
            c = socket.create_connection(("127.0.0.1", port))
            os.set_inheritable(c.fileno(), True)
            os.dup2(stdin, 0)
            link.say(c.getsockname()[1])
            os.execv(folder + "/renamed", ["renamed", "-c", "read go; exit"])

        child = Child(client)
        client_port = int(child.hear())
        wait_until(lambda: comm_of(child.pid) == "renamed", "the new name")
        os.write(go, b"go\n")
        check(child.wait() == 0)
        r = w.wait_for(local_port=client_port, old_state="SYN_SENT")
        check((r["pid"], r["comm"]) == (child.pid, "the-first-name"), r)
        r = w.wait_for(local_port=client_port, state="FIN_WAIT1")
        check(r["pid"] == child.pid and r["comm"] in ("the-first-name", "renamed"), r)
        check((r["actor_pid"], r["actor_comm"]) == (child.pid, "renamed"), r)


def test_servers__acceptor_ended_by_sigkill():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        link.say("accepted")
        link.hear()
        conn.close()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        server.hear()
        w.wait_for(event="accept", remote_port=client_port)
        server.kill()
        r = w.wait_for(remote_port=client_port, state="FIN_WAIT1")
        check((r["pid"], r["owner_source"]) == (server.pid, "accept"), r)
        check(r["actor_pid"] == server.pid, r)
        c.close()


# --- process numbers --------------------------------------------------------------------------------

SYS_CLONE3 = 435


def fork_as(pid):
    """fork(), but the child gets this number; the same number comes from os.fork() otherwise."""
    wanted = ctypes.c_int32(pid)
    # flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, its size
    args = (ctypes.c_uint64 * 10)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1)
    # PyDLL keeps the interpreter's lock: the child has it too
    got = ctypes.PyDLL(None, use_errno=True).syscall(SYS_CLONE3, ctypes.byref(args),
                                                     ctypes.sizeof(args))
    if got < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


CONNECT = """
import socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
c.sendall(b"x")
sys.stdin.readline()
"""


def test_servers__process_number_used_again():
    """Two processes of one number and one name, one right after the other: each socket is told with
    its own process's command line."""
    sock = listener()
    port = sock.getsockname()[1]
    stdin, go = os.pipe()

    def spawn(link):
        number = 0
        while True:
            word = link.hear()
            if word == "end":
                return
            try:
                pid = fork_as(number) if number else os.fork()
            except OSError as e:
                link.say(f"no {e}")
                continue
            if pid == 0:
                os.dup2(stdin, 0)
                os.execv(sys.executable, [sys.executable, "-c", CONNECT, str(port), word])
            number = pid
            link.say(pid)
            os.waitpid(pid, 0)
            link.say("ended")

    with Watch("-E", "-e") as w:
        spawner = Child(spawn)
        told = []
        for word in ("the-first", "the-second"):
            answer = spawner.ask(word)
            if answer.startswith("no"):
                raise Skip("no process of a chosen number: " + answer)
            conn, peer = sock.accept()
            conn.recv(1)
            told.append(w.wait_for(local_port=peer[1], state="ESTABLISHED"))
            os.write(go, b"go\n")
            spawner.hear()
            read_to_end(conn)
        spawner.say("end")
        spawner.wait()
        check(told[0]["pid"] == told[1]["pid"] == int(answer), told, answer)
        check(told[0]["comm"] == told[1]["comm"] and told[0].get("cookie", 0) != told[1].get("cookie", 1), told)
        for r, word in zip(told, ("the-first", "the-second")):
            check(r["cmdline"].endswith(word), word, r)


def test_servers__process_in_a_pid_namespace_has_both_numbers():
    sock = listener()
    port = sock.getsockname()[1]

    def outside(link):
        if LIBC.unshare(CLONE_NEWPID):
            link.say("no")
            return
        pid = os.fork()
        if pid == 0:  # the first one of the namespace
            c = socket.create_connection(("127.0.0.1", port))
            link.say(json.dumps([os.getpid(), c.getsockname()[1]]))
            link.hear()
            c.close()
            os._exit(0)
        link.say(pid)
        os.waitpid(pid, 0)
        link.say("done")

    with Watch("-E") as w:
        child = Child(outside)
        words = [child.hear()]
        if words[0] == "no":
            raise Skip("no PID namespace")
        words.append(child.hear())
        pid = int(next(x for x in words if x[0] != "["))
        inside, client_port = json.loads(next(x for x in words if x[0] == "["))
        child.say()
        child.hear()
        child.wait()
        w.wait_for(local_port=client_port, state="FIN_WAIT1")
        told = w.find(event="state", local_port=client_port, remote_port=port)
        check(told and {(r["pid"], r["actor_pid"] if "actor_pid" in r else pid) for r in told}
              == {(pid, pid)}, told, pid)
        check(inside == 1 and all(r["ns_pid"] == inside for r in told if "ns_pid" in r), told)
        check(all("ns_pid" in r for r in told), "no ns_pid", told[0])
