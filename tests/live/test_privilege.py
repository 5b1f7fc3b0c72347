# SPDX-License-Identifier: GPL-2.0-only
"""As little privilege as possible: what is needed at the start, and that nothing is left of it."""
import ctypes
import datetime
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

from harness import CAPS, FAULT, LIBC, Child, Settings, Skip, Watch, check, kernel_before, listener, own_user, scratch, wait_until

CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE = 2, 19


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def dropped(w):
    """What the program is, once it says that it has dropped its rights."""
    wait_until(lambda: "privileges: " in w.stderr(), "privileges: " + w.stderr())
    return status_of(w.process.pid)


def tells_a_connection(w):
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    c.close()
    check(conn.recv(1) == b"")
    conn.close()
    r = w.wait_for(local_port=port, state="FIN_WAIT1")
    check(r["pid"] == os.getpid() and r["owner_source"] == "connect", r)
    r = w.wait_for(remote_port=port, state="LAST_ACK")
    check(r["pid"] == os.getpid() and r["owner_source"] == "accept", r)


def only(*caps, user=65534):
    """setpriv: this user, with these capabilities, given as a systemd unit's AmbientCapabilities does."""
    some = ",".join("+" + c for c in caps) or "-all"
    prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
              "--inh-caps=-all," + some, "--ambient-caps=-all," + some, "--bounding-set=-all," + some]
    probe = subprocess.run([*prefix, "true"], check=False, capture_output=True)
    if probe.returncode:
        raise Skip("setpriv cannot set these capabilities: " + probe.stderr.decode().strip())
    return prefix


def test_privilege__nothing_is_left_of_roots_after_the_start():
    with Watch() as w:
        now = dropped(w)
        uid, gid = own_user()
        check(now["Uid"].split() == [uid] * 4 and now["Gid"].split() == [gid] * 4, now)
        check(now["Groups"].strip() == "" and now["NoNewPrivs"] == "1", now)
        for which in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
            check(int(now[which], 16) == 0, which, now)
        if "few system calls" in w.stderr():
            check(now["Seccomp"] == "2", now)
        tells_a_connection(w)
        w.stop()
        check(w.status == 0 and re.search(r"\d+ sockets, \d+ events, \d+ lost\n$", w.stderr()), w.stderr())


def test_privilege__nobodys_processes_can_do_nothing_to_it():
    with Watch() as w:
        dropped(w)
        pid = w.process.pid

        def attack(link):
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            refused = 0
            for act in (lambda: os.kill(pid, 0), lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0)),
                        lambda: os.listdir(f"/proc/{pid}/fd")):
                try:
                    act()
                except PermissionError:
                    refused += 1
            link.say(refused)
        child = Child(attack)
        check(int(child.hear()) == 3, "something was allowed")
        child.wait()
        if "sanitized build" not in w.stderr():  # whose leak checker traces it
            check(os.stat(f"/proc/{pid}/fd").st_uid == 0, "it can be traced")
        w.stop()


def test_privilege__extended_keeps_what_looking_up_processes_takes():
    sock = listener()

    def other_user(link):
        link.hear()
        os.setresuid(12345, 12345, 12345)
        c = socket.create_connection(sock.getsockname())
        link.hear()
        c.close()

    child = Child(other_user)
    with Watch("-e") as w:
        now = dropped(w)
        check(now["Uid"].split() == [own_user()[0]] * 4, now)
        kept = 1 << CAP_DAC_READ_SEARCH | 1 << CAP_SYS_PTRACE
        check(int(now["CapEff"], 16) == int(now["CapPrm"], 16) == kept, now)
        check(int(now["CapAmb"], 16) == int(now["CapBnd"], 16) == 0, now)
        child.say()
        r = w.wait_for(event="state", pid=child.pid, state="SYN_SENT")
        check(r["exe"] == os.path.realpath("/proc/self/exe") and "run.py" in r["cmdline"], r)
        child.say()
        child.wait()


def test_privilege__two_capabilities_suffice():
    with Watch("-E", prefix=only(*CAPS)) as w:
        tells_a_connection(w)
        now = dropped(w)
        check(int(now["CapEff"], 16) == int(now["CapPrm"], 16) == int(now["CapAmb"], 16) == 0, now)
        check(now["Uid"].split() == ["65534"] * 4 and now["NoNewPrivs"] == "1", now)


def test_privilege__udp_takes_a_third():
    with Watch("-u", "-E", prefix=only(*CAPS, "net_admin")) as w:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        c.sendto(b"x", server.getsockname())
        w.wait_for(event="open", remote_port=server.getsockname()[1])
        check(int(dropped(w)["CapEff"], 16) == 0)


def test_privilege__owners_of_others_in_the_first_rows_take_two_more():
    sock = listener()
    port = sock.getsockname()[1]
    with Watch(prefix=only(*CAPS, "sys_ptrace", "dac_read_search")) as w:
        r = w.wait_for(event="socket", local_port=port)
        check(r["pid"] == os.getpid() and r["owner_source"] == "snapshot", r)


def test_privilege__file_capabilities_serve_an_ordinary_user():
    setcap = shutil.which("setcap", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not setcap:
        raise Skip("no setcap")
    with scratch() as folder:
        copy = folder + "/sockwatch"
        shutil.copy(Settings.binary, copy)
        os.chmod(folder, 0o755)
        done = subprocess.run([setcap, ",".join("cap_" + c for c in CAPS) + ",cap_sys_ptrace+ep", copy], check=False,
                              capture_output=True)
        if done.returncode:
            raise Skip("setcap: " + done.stderr.decode().strip())
        as_user = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
        with Watch("-E", prefix=as_user, binary=copy) as w:
            tells_a_connection(w)
            now = dropped(w)
            check(now["Uid"].split() == ["12345"] * 4 and int(now["CapPrm"], 16) == 0, now)
            check(now["NoNewPrivs"] == "1", now)


def test_privilege__without_any_one_line_says_what_is_needed():
    for caps, named in ((), "CAP_BPF, CAP_PERFMON"), (("bpf",), "CAP_PERFMON"):
        done = subprocess.run([*only(*caps), Settings.binary], capture_output=True, check=False)
        error = done.stderr.decode()
        check(done.returncode == FAULT and error.count("\n") == 1, error)
        check(error.startswith(f"sockwatch: {named} missing"), error)
    done = subprocess.run([*only(*CAPS), Settings.binary, "-u"], capture_output=True,
                          check=False)
    check(done.returncode == FAULT and b"CAP_NET_ADMIN missing" in done.stderr, done.stderr)
    check(b"CAP_PERFMON and, for UDP, CAP_NET_ADMIN" in done.stderr, done.stderr)


def refuse_bpf():
    """A seccomp profile as that of a container: bpf() gives EPERM; for preexec_fn."""
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    filter_ = struct.pack("HxxxxxxP", len(code), ctypes.addressof(program))
    if LIBC.prctl(38, 1, 0, 0, 0) or LIBC.prctl(22, 2, ctypes.c_char_p(filter_), 0, 0):
        os._exit(99)


def test_privilege__a_profile_that_refuses_bpf_is_named_with_the_way_out():
    if os.uname().machine not in ("x86_64", "aarch64"):
        raise Skip("the number of bpf() is not known here")
    done = subprocess.run([Settings.binary, "-E", "--duration", "1"], capture_output=True, check=False, text=True,
                          preexec_fn=refuse_bpf)
    check(done.returncode == FAULT and "--security-opt seccomp=unconfined" in done.stderr, done.stderr)
    check("5.11" not in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr)
    with listener() as sock:
        port = str(sock.getsockname()[1])
        done = subprocess.run([Settings.binary, "list", "-tl", "-L", port], capture_output=True, check=False, text=True,
                              preexec_fn=refuse_bpf)
        check(done.returncode == 0 and port in done.stdout, done.stderr)


def test_privilege__too_few_files_are_named_as_such():
    """Only those that it may not raise the limit for are too few; a soft limit is no limit."""
    for word in "-E --duration 1", "list -t", "who 1":
        for limit in 5, 14, 60, 127:
            done = subprocess.run([*only("bpf", "perfmon"), "sh", "-c", f"ulimit -n {limit}; exec {Settings.binary} {word}"],
                                  check=False, capture_output=True)
            error = done.stderr.decode()
            check(done.returncode == FAULT and error.startswith(f"sockwatch: only {limit} files may be open"), error)
            check(error.count("\n") == 1 and not done.stdout, error, done.stdout)
    done = subprocess.run(["sh", "-c", f"ulimit -Sn 14; exec {Settings.binary} -tuE --duration 0.1"], check=False,
                          capture_output=True)
    check(done.returncode == 0, done.stderr)


def test_privilege__clock_of_a_time_namespace_is_right():
    ahead = ["unshare", "--fork", "--time", "--monotonic=1000000", "--boottime=2000000"]
    if subprocess.run([*ahead, "true"], check=False, capture_output=True).returncode:
        raise Skip("no time namespaces")
    sock = listener()
    with Watch("-e", prefix=ahead) as w:
        with open(f"/proc/{w.process.pid}/task/{w.process.pid}/children", encoding="ascii") as f:
            inside = int(f.read())  # unshare passes no signal on
        try:
            check_clock(w, sock)
        finally:
            os.kill(inside, signal.SIGINT)
        w.join()


def check_clock(w, sock):
    with socket.create_connection(sock.getsockname()) as c:
        r = w.wait_for(event="state", local_port=c.getsockname()[1], state="ESTABLISHED")
    told = [datetime.datetime.fromisoformat(r[key][:19] + "+00:00").timestamp() for key in ("time", "start_time")]
    check(abs(told[0] - time.time()) < 600 and abs(told[1] - time.time()) < 86400, r)
    check(r.get("exe") or kernel_before(5, 11), r)
