# SPDX-License-Identifier: GPL-2.0-only
"""Name servers of our own, good and bad ones, and an /etc that asks them."""
import ctypes
import os
import shutil
import socket
import struct
import threading

from harness import CLONE_NEWNS, LIBC, Skip, Watch, here, scratch

LIMIT = 3  # seconds that a look-up may take
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PASSWD = "root:x:0:0::/root:/bin/sh\nresolved:x:12345:12345::/:/bin/sh\n"
SERVICES = "https 443/tcp\nweb-cache 8080/tcp\nweb-cache-u 8080/udp\nlate-name 8080/tcp\n"
HOSTS = "127.0.0.1 localhost\n"


def mount(source, target, flags):
    if LIBC.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None):
        raise Skip(f"cannot mount {source} on {target}: {os.strerror(ctypes.get_errno())}")


def own_etc(hosts=HOSTS, services=SERVICES, order="files dns", options=""):
    """An /etc of our own, so that names do not depend on the machine; ours alone, and gone with us."""
    if LIBC.unshare(CLONE_NEWNS):
        raise Skip("no mount namespace")
    mount("none", "/", MS_REC | MS_PRIVATE)
    folder = scratch()
    files = {"passwd": PASSWD, "hosts": hosts, "services": services,
             "nsswitch.conf": f"passwd: files\nhosts: {order}\nservices: files\n",
             "resolv.conf": f"nameserver 127.0.0.1\n{options}\n"}
    os.chmod(folder.name, 0o755)
    for name, text in files.items():
        with open(f"{folder.name}/{name}", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
    for name in "ld.so.cache", "localtime":
        if os.path.exists("/etc/" + name):
            shutil.copy("/etc/" + name, folder.name)
    mount(folder.name, "/etc", MS_BIND)
    return folder


class NameServer:
    """Answers PTR questions on 127.0.0.1:53 by a table; None holds an answer back."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, peer = self.sock.recvfrom(512)
            name, end = self.question(query)
            self.asked.append(name)
            reply = self.answer(name)
            if reply is not None:
                self.sock.sendto(self.reply(query, end, reply), peer)

    @staticmethod
    def question(query):
        """The address that is asked for, and where the question ends."""
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]])
            at += query[at] + 1
        if labels[-2:] == [b"in-addr", b"arpa"]:
            name = ".".join(x.decode() for x in reversed(labels[:-2]))
        else:
            digits = b"".join(reversed(labels[:-2])).decode()
            name = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
        return name, at + 5

    @staticmethod
    def reply(query, end, reply):
        """A list of labels is a name, b"" says that there is none, other bytes are sent as they are."""
        if reply == b"":
            return query[:2] + b"\x81\x83" + query[4:6] + b"\0" * 6 + query[12:end]
        if isinstance(reply, bytes):
            return query[:2] + reply
        data = b"".join(bytes([len(x)]) + x for x in reply) + b"\0"
        rr = b"\xc0\x0c\0\x0c\0\1\0\0\0\1" + struct.pack(">H", len(data)) + data
        return query[:2] + b"\x81\x80" + query[4:6] + b"\0\1\0\0\0\0" + query[12:end] + rr


def labels(name):
    return [x.encode() for x in name.split(".")]


def by_table(**table):
    """table: 'a10_0_0_1="name.example"'; what is not in it has no name."""
    names = {k[1:].replace("_", "."): v for k, v in table.items()}
    return lambda name: labels(names[name]) if name in names else b""


def mute(_):
    return None


def connect(port, source="127.0.0.1", host="127.0.0.1"):
    """One connection, which is over when this returns; returns its local port."""
    c = socket.create_connection((host, port), source_address=(source, 0))
    mine = c.getsockname()[1]
    c.close()
    return mine


def told_connect(w, source="127.0.0.1"):
    """One to port 8080, and what was told of its beginning; another address may have had the port before."""
    return w.wait_for(state="SYN_SENT", local_addr=source, local_port=connect(8080, source=source))


def acceptor(sock):
    """Accepts and ends whatever comes."""
    def loop():
        while True:
            try:
                sock.accept()[0].close()
            except OSError:
                return
    threading.Thread(target=loop, daemon=True).start()


def helpers_of(pid):
    """
    The process that looks names up, and those that it has started; not those that have ended, nor that
    for the names of containers.
    """
    by_parent = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as f:
                name, _, rest = f.read().rpartition(")")
            state, parent = rest.split()[:2]
        except (OSError, ValueError):
            continue
        if state not in "ZX" and not name.endswith("(sockwatch-label"):
            by_parent.setdefault(int(parent), []).append(int(entry))
    found, unseen = [], [pid]
    while unseen:
        children = by_parent.get(unseen.pop(0), [])
        found += children
        unseen += children
    return found


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))


def named_watch(*args, **kw):
    return Watch("-E", "--resolve", here(), *args, **kw)
