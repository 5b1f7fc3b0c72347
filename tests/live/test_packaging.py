# SPDX-License-Identifier: GPL-2.0-only
"""What packages are made of: the bill of materials, and versions that agree."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from harness import Settings, Skip, check, scratch

TREE = pathlib.Path(__file__).parent.parent.parent


def of_tree(path):
    if not (TREE / path).exists():
        raise Skip(f"no {path} here")
    return TREE / path


def test_packaging__bill_of_materials_has_what_is_linked():
    script = of_tree("scripts/sbom.py")
    for tool in "readelf", "ldd":
        if not shutil.which(tool):
            raise Skip(f"no {tool} here")

    def bill():
        return subprocess.run([sys.executable, script, os.path.dirname(Settings.binary), "1.2.3"], check=True, capture_output=True,
                              env={**os.environ, "SOURCE_DATE_EPOCH": "1000000000"}).stdout
    told = bill()
    check(told == bill(), "not the same twice")
    doc = json.loads(told)
    check(doc["spdxVersion"] == "SPDX-2.3" and doc["creationInfo"]["created"] == "2001-09-09T01:46:40Z", doc["creationInfo"])
    by_id = {p["SPDXID"]: p for p in doc["packages"]}
    check(len(by_id) == len(doc["packages"]), "ids")
    links = {(by_id[r["spdxElementId"]]["name"], by_id[r["relatedSpdxElement"]]["name"])
             for r in doc["relationships"] if r["relationshipType"] == "DYNAMIC_LINK"}
    dynamic = subprocess.run(["readelf", "-d", Settings.binary], check=True, capture_output=True, text=True).stdout
    want = {("sockwatch", lib) for lib in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)}
    check({pair for pair in links if pair[0] == "sockwatch"} == want, links, want)
    check(by_id["SPDXRef-sockwatch"]["versionInfo"] == "1.2.3" and by_id["SPDXRef-sockwatch"]["licenseDeclared"] == "GPL-2.0-only")
    if shutil.which("dpkg-query") and "libbpf.so.1" in dict.fromkeys(lib for _, lib in want):
        check(by_id["SPDXRef-libbpf.so.1"]["versionInfo"][:1].isdigit(), by_id)


def test_packaging__versions_agree():
    changelog = of_tree("packaging/debian/changelog").read_text(encoding="utf-8")
    version = re.search(r"^VERSION := (\S+)$", of_tree("Makefile").read_text(encoding="utf-8"), re.M)[1]
    check(changelog.startswith(f"sockwatch ({version}) "), version, changelog[:40])


def test_packaging__setup_names_packages_of_others_and_installs_nothing():
    script = of_tree("scripts/setup.sh")
    with scratch() as folder:
        for tool in "bash", "awk", "sort", "cat", "grep", "id", "uname":
            os.symlink(shutil.which(tool), os.path.join(folder, tool))

        def asked():
            done = subprocess.run([os.path.join(folder, "bash"), script, "build"], capture_output=True, text=True, check=False,
                                  env={"PATH": folder})
            check(done.returncode == 1 and done.stderr.startswith("missing: "), done)
            return done.stderr
        check("untried" not in asked())
        for command, headers in (("dnf install", "libbpf-devel"), ("pacman -S", "libbpf"), ("apk add", "libbpf-dev"),
                                 ("zypper install", "libbpf-devel")):
            manager = os.path.join(folder, command.split()[0])
            with open(manager, "w", encoding="ascii") as f:
                f.write(f"#!/bin/sh\ntouch {folder}/installed\n")
            os.chmod(manager, 0o755)
            said = asked()
            check(f"; untried here: {command} " in said and " clang" in said, said)
            # headers that are here are not missing
            check(os.path.exists("/usr/include/bpf/libbpf.h") or f" {headers} " in said.replace("\n", " "), said)
            os.unlink(manager)
        check(not os.path.exists(os.path.join(folder, "installed")), "it ran")


def test_packaging__profile_of_the_service_is_one_to_apparmor():
    text = of_tree("packaging/apparmor/sockwatch-record.in").read_text(encoding="utf-8")
    unit = of_tree("packaging/systemd/sockwatch-record.service.in").read_text(encoding="utf-8")
    check("\nAppArmorProfile=-sockwatch-record\n" in unit and "\nprofile sockwatch-record " in text)
    # what the unit may, the profile must allow
    wanted = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)[1].split()
    allowed = re.findall(r"^  capability (\w+),$", text, re.M)
    check(sorted(wanted) == sorted("CAP_" + name.upper() for name in allowed), wanted, allowed)
    parser = shutil.which("apparmor_parser", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not parser:
        raise Skip("no apparmor_parser here")
    for name, path in (("SBIN", "/usr/sbin"), ("LIBEXEC", "/usr/libexec/sockwatch"), ("CONFDIR", "/etc/sockwatch")):
        text = text.replace(f"@{name}@", path)
    check("@SBIN" not in text)
    done = subprocess.run([parser, "--skip-kernel-load", "--skip-cache", "--quiet"], input=text, capture_output=True, text=True, check=False)
    check(done.returncode == 0, done)
