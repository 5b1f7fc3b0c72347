# SPDX-License-Identifier: GPL-2.0-only
"""Real servers, and the ways in which they hand a socket on: each owner is compared with what the
server says of itself, or /proc of it.

A connection is its acceptor's (accept) until another process reads or writes it, which makes it that
one's (use), and so on. What merely holds a copy of the descriptor owns nothing.
"""
import http.server
import os
import pwd
import socket
import socketserver
import subprocess
import sys

from harness import LONG, Child, Watch, check, end_of, finished, listener, own_mounts, scratch, set_name
from servers import (BEFORE_ACCEPT, Server, accepted_and_served, check_served, comm_of, get, holders_of, needs, served,
                     talk)

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
                check_served(accepted_and_served(w, 8080, client_port), int(worker), "nginx",
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
            check_served(accepted_and_served(w, 8080, client_port), int(worker), "nginx", listening=server.pid)


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
        made = finished([*become, initdb, "-D", data, "-A", "trust", "-U", "test", "-N", "--no-locale"], LONG,
                        cwd=folder)
        check(made.returncode == 0, made.stderr.decode())
        argv = [*become, postgres, "-D", data, "-p", "5432", "-h", "127.0.0.1", "-k", folder, "-F"]
        with Server(argv, 5432, cwd=folder) as server, Watch() as w:
            for _ in range(3):
                done = finished([psql, "-h", "127.0.0.1", "-U", "test", "-At", "-c", "select pg_backend_pid()",
                                 "postgres"], cwd=folder, text=True,
                                env={**os.environ, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"})
                backend = int(done.stdout) if done.returncode == 0 else 0
                check(backend and backend != server.pid, done)
                r = w.wait_for(event="state", local_port=5432, actor_pid=backend)
                records = accepted_and_served(w, 5432, r["remote_port"])
                check_served(records, backend, "postgres", acceptor=server.pid)


def test_servers__redis():
    program = needs("redis-server")
    with scratch() as folder:
        argv = [program, "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with Server(argv, 6379) as server, Watch() as w:
            for _ in range(3):
                client_port, answer = talk(6379, b"INFO server\r\nQUIT\r\n")
                check(b"process_id:%d\r\n" % server.pid in answer, answer)
                check_served(accepted_and_served(w, 6379, client_port), server.pid, "redis-server")


def begin_ssh(w, server):
    """A client that goes as far as the key exchange and leaves: its port, and who has the connection meanwhile."""
    with socket.create_connection(("127.0.0.1", 2222)) as c:
        check(c.recv(4096).startswith(b"SSH-2.0-"))
        c.sendall(b"SSH-2.0-test\r\n")
        check(c.recv(4096))  # its side of the key exchange: the session is at work
        accepted = w.wait_for(event="accept", local_port=2222)
        check(accepted["pid"] == server.pid, accepted)
        users = holders_of(accepted["inode"]) - {server.pid, os.getpid()}
        check(users, "nobody holds the connection")
        return c.getsockname()[1], users


def test_servers__sshd_session_owns_what_the_daemon_accepted():
    program, keygen = needs("sshd"), needs("ssh-keygen")
    own_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    os.mkdir("/run/sshd", 0o755)
    with scratch() as folder:
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder + "/key"], check=True)
        argv = [program, "-D", "-e", "-f", "/dev/null", "-p", "2222", "-h", folder + "/key", "-o",
                "ListenAddress=127.0.0.1", "-o", "PidFile=none", "-o", "UsePAM=no"]
        with Server(argv, 2222) as server, Watch("-E") as w:
            client_port, users = begin_ssh(w, server)
            for r in served(w, 2222, client_port):
                if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT:
                    check(r["pid"] in users and r["comm"].startswith("sshd"), r, users)
                    check(r["owner_source"] == "use", r)


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
            check_served(accepted_and_served(w, 3000, client_port), server.pid, comm_of(server.pid))


def test_servers__node_worker_owns_what_the_primary_passed_to_it():
    with scratch() as folder:
        with open(folder + "/cluster.js", "w", encoding="ascii") as f:
            f.write(CLUSTER)
        with Server([needs("node"), folder + "/cluster.js"], 3000) as server, Watch() as w:
            for _ in range(4):
                client_port, worker = get(3000)
                check(int(worker) != server.pid)
                check_served(accepted_and_served(w, 3000, client_port), int(worker), comm_of(int(worker)),
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
        check(end_of(client, LONG) == 0)
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
                check_served(accepted_and_served(w, 8081, client_port), server.pid, comm_of(server.pid))


def test_servers__http_server_of_python():
    with scratch() as folder:
        argv = [sys.executable, "-m", "http.server", "8082", "--bind", "127.0.0.1", "-d", folder]
        with Server(argv, 8082) as server, Watch() as w:
            for _ in range(3):
                client_port, _ = get(8082)
                check_served(accepted_and_served(w, 8082, client_port), server.pid, comm_of(server.pid))


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
            check_served(accepted_and_served(w, 8083, client_port), int(answer), comm_of(server.pid),
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
            check_served(accepted_and_served(w, 8084, client_port), server.pid, "the-server")
    server.say()
    server.wait()
