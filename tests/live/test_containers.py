# SPDX-License-Identifier: GPL-2.0-only
"""Containers, from outside and from within: their numbers, and what their engines call them."""
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tarfile

from cgroups import Cgroup, ours
from harness import (LONG, Child, Settings, Skip, Watch, check, end_of, here, listener, own_mounts, run,
                     scratch, wait_until)
from servers import needs

BUNDLES = "/run/containerd/io.containerd.runtime.v2.task/k8s.io"
DAEMONSET = pathlib.Path(__file__).parent.parent.parent / "packaging/container/daemonset.yaml"
STORAGE = "/var/lib/containers/storage/overlay-containers/containers.json"


def test_containers__a_process_outside_our_pid_namespace_has_its_own_number_only():
    sock = listener()
    inside = ["unshare", "-p", "-f", "--kill-child", "--mount-proc"]
    with Watch("-E", "--count", "1", "-P", str(sock.getsockname()[1]), prefix=inside) as w:
        c = socket.create_connection(sock.getsockname())
        end_of(w.process, LONG)
        told = [r for r in w.records() if r["event"] == "state"]
        w.stop()
        check(w.stderr().count("--pid=host of podman or docker, hostPID: true") == 1, w.stderr())
    c.close()
    check(len(told) == 1, told)
    check("pid" not in told[0] and told[0]["ns_pid"] == os.getpid() and told[0]["comm"], told)
    check("actor_pid" not in told[0], told)


# --- what their engines call them -----------------------------------------------------------------

def identity(word):
    """An id that no other test has."""
    return hashlib.sha256(f"{ours()} {word}".encode()).hexdigest()


def own_engines():
    """No engine of this machine is seen from here on: its directories are empty."""
    own_mounts()
    for path in ("/var/lib", "/run"):
        subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)


def put(path, data):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(data, f)
    os.chmod(path, 0o600)


def put_docker(box, name, image):
    put(f"/var/lib/docker/containers/{box}/config.v2.json",
        {"ID": box, "Name": "/" + name, "Config": {"Image": image, "Labels": {"tier": "front\n"}}})


def serve_in(path):
    """A listener in a cgroup; for every word it makes a connection to a port of ours."""
    def serve(link):
        Cgroup(path).enter()
        sock = listener()
        link.say(sock.getsockname()[1])
        word = link.hear()
        while word != "end":
            socket.create_connection(("127.0.0.1", int(word))).close()
            word = link.hear()
    child = Child(serve)
    return child, int(child.hear())


class Boxes:
    """A process in each of some cgroups of a slice of our own: as `with`, a port for each."""

    def __init__(self, *scopes):
        self.slice = Cgroup(f"{ours()}.slice")
        self.groups = [Cgroup(f"{ours()}.slice/{scope}") for scope in scopes]
        self.children, self.ports = zip(*[serve_in(f"{ours()}.slice/{scope}") for scope in scopes])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.say("end")
            child.wait()
        for group in self.groups:
            group.remove()
        self.slice.remove()


def rows(*args):
    done = run("list", "-ltj", here(), *args)
    check(done.returncode == 0, done)
    return {r["local_port"]: r for r in map(json.loads, done.stdout.splitlines())}


def names_of(record):
    return tuple(record.get(key) for key in ("container_name", "container_image", "pod_name", "pod_namespace"))


def test_containers__are_called_what_their_engines_call_them():
    docker, podman, pod, other = (identity(word) for word in ("docker", "podman", "pod", "other"))
    own_engines()
    put_docker(docker, "web", "nginx:1.27")
    put(STORAGE, [{"id": podman, "names": ["queue"], "image": "75d7",
                   "metadata": json.dumps({"image-name": "localhost/db:1", "name": "queue"})}])
    put(f"{BUNDLES}/{pod}/config.json",
        {"annotations": {"io.kubernetes.cri.container-name": "app", "io.kubernetes.cri.image-name": "app:v3",
                         "io.kubernetes.cri.sandbox-name": "app-7d9c", "io.kubernetes.cri.sandbox-namespace": "prod"}})
    with Boxes(f"docker-{docker}.scope", f"libpod-{podman}.scope", f"cri-containerd-{pod}.scope",
               f"docker-{other}.scope") as boxes:
        a, b, c, d = boxes.ports
        told = rows()
        check(names_of(told[a]) == ("web", "nginx:1.27", None, None), told[a])
        check("container_labels" not in told[a], "only with -e", told[a])
        told = rows("-e")
        check(told[a].get("container_labels") == {"tier": "front\n"} and "container_labels" not in told[b], told[a], told[b])
        check(names_of(told[b]) == ("queue", "localhost/db:1", None, None), told[b])
        check(names_of(told[c]) == ("app", "app:v3", "app-7d9c", "prod"), told[c])
        check(names_of(told[d]) == (None,) * 4 and told[d]["container"] == other, told[d])
        check(set(rows("--container", "web")) == {a} and set(rows("--container", "q*,web")) == {a, b}, a, b)
        check(set(rows("--pod", "app-7d9c")) == {c} and set(rows("--container", docker)) == {a}, c)
        text = run("list", "-lte", here(), "-P", str(c), text=True).stdout
        check(" container_name=app container_image=app:v3 " in text and " pod_name=app-7d9c pod_namespace=prod" in text,
              text)
        told = [json.loads(line) for line in run("who", "-j", here(), str(b)).stdout.splitlines()]
        check([names_of(r)[:2] for r in told] == [("queue", "localhost/db:1")] * 2, told)
        text = run("who", here(), str(a), text=True).stdout
        check(f"container {docker[:12]} named web of image nginx:1.27, runtime docker" in text, text)


def test_containers__names_come_when_the_stream_has_no_rights_any_more():
    """One that is made, and connects, when the stream runs; by a file that only root may read."""
    box = identity("late")
    own_engines()
    sock = listener()
    with Watch("-E", "-D", str(sock.getsockname()[1])) as w, \
            Watch("conns", "-e", "-D", str(sock.getsockname()[1]), form=None) as conns:
        put_docker(box, "late \x1b[31mname", "nginx:1.27")
        with Boxes(f"docker-{box}.scope") as boxes:
            boxes.children[0].say(str(sock.getsockname()[1]))
            with sock.accept()[0]:
                told = w.wait_for(state="SYN_SENT")
        check(names_of(told) == ("late \x1b[31mname", "nginx:1.27", None, None), told)
        w.stop()
        conns.stop()
        check('container_name="late \\x1b[31mname" container_image=nginx:1.27' in conns.text(), conns.text())


def test_containers__podmans_own_files():
    """What Podman itself wrote, against its own word."""
    podman = needs("podman")
    own_engines()

    def said(*args, **more):
        done = subprocess.run([podman, *args], capture_output=True, check=False, **more)
        check(done.returncode == 0, args, done)
        return done.stdout.decode().strip()
    with scratch() as folder:
        with tarfile.open(folder + "/image.tar", "w") as image:
            image.addfile(tarfile.TarInfo("nothing"), io.BytesIO())
        said("import", folder + "/image.tar", "localhost/nothing:7")
    box = said("create", "--name", "its-name", "--network", "none", "localhost/nothing:7", "/nothing")
    with Boxes(f"libpod-{box}.scope") as boxes:
        told = rows()[boxes.ports[0]]
        check(f"{told['container_name']} {told['container_image']}" ==
              said("inspect", "-f", "{{.Name}} {{.ImageName}}", box) == "its-name localhost/nothing:7", told)
        said("rename", box, "another")
        told = rows()[boxes.ports[0]]
        check(told["container_name"] == "another", told)


# --- in an image that has nothing else ------------------------------------------------------------

def daemonset():
    """The arguments and the rights that packaging/container/daemonset.yaml gives."""
    text = DAEMONSET.read_text(encoding="utf-8")
    rights = re.search(r"add: \[([A-Z_, ]+)\]", text)[1].replace(" ", "")
    return json.loads(re.search(r"args: (\[.*\])", text)[1]), rights


def image_of_programs(path):
    """A tar file with the programs, and what the linker needs to start them."""
    with tarfile.open(path, "w") as image:
        files = set()
        for name in ("", "-store"):
            image.add(Settings.binary + name, f"usr/bin/sockwatch{name}")
            said = subprocess.run(["ldd", Settings.binary + name], capture_output=True, check=True).stdout.decode()
            files |= set(re.findall(r"(/\S+) \(0x", said))
        for name in sorted(files):
            image.add(os.path.realpath(name), name)


class Image:
    """The programs in a read-only container with these rights alone, in the host's namespaces, beside a store."""

    def __init__(self, podman, folder, rights):
        image_of_programs(folder + "/image.tar")
        done = subprocess.run([podman, "import", "-q", folder + "/image.tar", "localhost/sockwatch:7"],
                              capture_output=True, check=False)
        if done.returncode:
            raise Skip("podman cannot work here: " + done.stderr.decode().strip().splitlines()[-1])
        limits = [f"--ulimit={name}=8192:8192" for name in ("nofile", "nproc")]  # the usual ones may not be had
        self.command = [
            podman, *(["--runtime=runc"] if shutil.which("runc") else []), "run", "--rm", "--read-only", "--cap-drop=ALL",
            f"--cap-add={rights}", "--security-opt=seccomp=unconfined", "--pid=host", "--network=host",
            "--cgroupns=host", *limits, f"--volume={folder}/store:/var/lib/sockwatch",
            "--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro", "localhost/sockwatch:7", "/usr/bin/sockwatch"]
        os.mkdir(folder + "/store", 0o755)
        self.try_it()

    def try_it(self):
        done = self.run("-V")
        if done.returncode in (125, 126, 127):
            raise Skip("podman runs nothing here: " + done.stderr.decode().strip().splitlines()[-1])
        check(done.returncode == 0, done)

    def run(self, *args):
        return subprocess.run([*self.command, *args], capture_output=True, check=False)


def test_containers__a_daemonset_records_with_the_rights_it_is_given():
    podman = needs("podman")
    args, rights = daemonset()
    check(args[0] == "record", args)
    own_engines()
    with scratch() as folder, listener() as sock:
        image = Image(podman, folder, rights)
        port = sock.getsockname()[1]

        def told(log):
            return any(r["event"] == "conn" and r["pid"] == os.getpid() for r in map(json.loads, log.stdout.splitlines()))

        def kept():
            socket.create_connection(sock.getsockname()).close()
            sock.accept()[0].close()
            return told(run("log", "--dir", folder + "/store", "-j", str(port)))
        with subprocess.Popen([*image.command, *args, here()], stderr=subprocess.PIPE, text=True) as recorder:
            wait_until(lambda: recorder.poll() is not None or kept(), "a record", LONG)
            recorder.send_signal(signal.SIGINT)
            said = recorder.communicate()[1]
        check(recorder.returncode == 0, recorder.returncode, said)
        asked = image.run("log", "-j", str(port))
        check(asked.returncode == 0 and told(asked), asked)
