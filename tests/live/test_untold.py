# SPDX-License-Identifier: GPL-2.0-only
"""Ends that no program saw. The kernel skips programs where nobody can make it, so what that leaves
behind, the facts of a socket that is gone, is put into the map by hand."""
import contextlib
import ctypes
import os
import platform
import socket
import struct

from harness import LIBC, Skip, Watch, check, here, kernel_before, listener, wait_until
from traffic import count_of

MAP_LOOKUP, MAP_UPDATE, MAP_NEXT_KEY, MAP_FD_BY_ID, OBJECT_INFO = 1, 2, 4, 14, 15
NOEXIST = 1


def bpf(command, *attr):
    """bpf(2): each of attr is a number of 8 bytes."""
    number = {"x86_64": 321, "aarch64": 280}[platform.machine()]
    block = struct.pack(f"={len(attr)}Q", *attr)
    fd = LIBC.syscall(number, command, block, len(block))
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


class Facts:
    """What a running sockwatch remembers of sockets: its map facts_by_address."""

    def __init__(self, pid):
        self.fd, self.value_size = self._find(pid)

    def _find(self, pid):
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as f:
                of = dict(line.split(":", 1) for line in f if ":" in line)
            if "map_id" not in of:
                continue
            ours = bpf(MAP_FD_BY_ID, int(of["map_id"]))
            info = ctypes.create_string_buffer(40)
            bpf(OBJECT_INFO, ours | 40 << 32, ctypes.addressof(info))
            if info.raw[24:].startswith(b"facts_by_addres"):
                return ours, struct.unpack("=I", info.raw[12:16])[0]
            os.close(ours)
        raise Skip("its map cannot be found")

    def all(self):
        """Address and value of each socket."""
        key, ahead = ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)
        value = ctypes.create_string_buffer(self.value_size)
        at = 0
        while True:
            try:
                bpf(MAP_NEXT_KEY, self.fd, at, ctypes.addressof(ahead))
            except FileNotFoundError:
                return
            key.raw, at = ahead.raw, ctypes.addressof(key)
            with contextlib.suppress(FileNotFoundError):
                bpf(MAP_LOOKUP, self.fd, at, ctypes.addressof(value))
                yield key.raw, value.raw

    def of(self, local_port, remote_port):
        """The address and value of a connection's end; None: it is not remembered."""
        ports = struct.pack("=HH", local_port, remote_port)
        return next((found for found in self.all() if ports in found[1]), None)

    def put_back(self, key, value):
        key, value = ctypes.create_string_buffer(key, 8), ctypes.create_string_buffer(value, len(value))
        with contextlib.suppress(FileExistsError):  # the address has another socket already
            bpf(MAP_UPDATE, self.fd, ctypes.addressof(key), ctypes.addressof(value), NOEXIST)
            return True
        return False


def leave_two_behind(w, sock):
    """A connection whose ends are remembered as they were when it was open, though both are gone."""
    c = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    port, server_port = c.getsockname()[1], sock.getsockname()[1]
    w.wait_for(event="accept", remote_port=port)
    facts = Facts(w.process.pid)
    ends = [wait_until(lambda a=a, b=b: facts.of(a, b), "the facts of an end")
            for a, b in ((port, server_port), (server_port, port))]
    c.close()
    check(conn.recv(1) == b"")
    conn.close()
    w.wait_for(local_port=port, old_state="FIN_WAIT2")
    w.wait_for(remote_port=port, old_state="LAST_ACK")
    wait_until(lambda: facts.of(server_port, port) is None, "the server's end to be forgotten")
    return sum(facts.put_back(*end) for end in ends)


def test_untold__ends_that_nobody_saw_are_counted_when_we_end():
    """ESTABLISHED is three transitions from the end: two or three ends of those that live are none."""
    if kernel_before(5, 13):
        raise Skip("no bpf_for_each_map_elem before 5.13")
    sock = listener()
    with Watch("-E", here(), "-P", str(sock.getsockname()[1])) as w:
        living = socket.create_connection(sock.getsockname()), sock.accept()[0]
        w.wait_for(event="accept", remote_port=living[0].getsockname()[1])
        left = leave_two_behind(w, sock)
        records = w.stop()
        check(count_of(records)[1] == 3 * left and left, left, "left behind", records[-3:], w.stderr())
        for s in living:
            s.close()


def test_untold__who_gets_the_address_next_counts_the_end():
    if kernel_before(5, 13):
        raise Skip("no bpf_for_each_map_elem before 5.13, for those that nobody gets")
    sock = listener()
    with Watch("-E", here(), "-P", str(sock.getsockname()[1])) as w:
        left = leave_two_behind(w, sock)
        for _ in range(50):
            c = socket.create_connection(sock.getsockname())
            conn, _ = sock.accept()
            c.close()
            check(conn.recv(1) == b"")
            conn.close()
        check(count_of(w.stop())[1] == 3 * left and left, left, "left behind", w.stderr())


def test_untold__what_the_filter_drops_is_not_lost():
    sock = listener()
    with Watch("-E", here(), "-P", str(sock.getsockname()[1]), "--failed") as w:
        other = listener()
        conns = [(socket.create_connection(other.getsockname()), other.accept()[0]) for _ in range(10)]
        records = w.stop()
        check(count_of(records)[1] == 0, records, w.stderr())
        for pair in conns:
            for s in pair:
                s.close()
