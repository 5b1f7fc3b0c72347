#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
scripts/sbom.py BUILD VERSION      (make sbom)

A bill of materials, SPDX 2.3 as JSON on stdout: the programs of a build and the libraries that they are linked with, by
name, with the version and the package that the distribution has them from (dpkg), and their licences. What is not known
is NOASSERTION. Times are SOURCE_DATE_EPOCH's, or the last commit's: the same build gives the same bytes.
"""
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

PROGRAMS = "sockwatch", "sockwatch-store", "sockwatch-top", "sockwatch-export", "sockwatch-fleet"
# by the library's name before .so, as its upstream declares it
LICENCES = {"libbpf": "LGPL-2.1-only OR BSD-2-Clause", "libelf": "LGPL-3.0-or-later OR GPL-2.0-or-later", "libz": "Zlib",
            "libjansson": "MIT", "libmnl": "LGPL-2.1-or-later", "libseccomp": "LGPL-2.1-only", "libsqlite3": "blessing", "libc": "LGPL-2.1-or-later",
            "libncursesw": "X11", "libtinfo": "X11", "libmicrohttpd": "LGPL-2.1-or-later", "libcurl": "curl"}


def said(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def needed(program):
    """What the program itself asks for; not what its libraries do."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", said("readelf", "-d", program))


def paths(program):
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", said("ldd", program), re.M))


def package_of(path):
    """Name and version of the package that a file is from; it may be known by the path behind a link of /lib."""
    for at in path, os.path.realpath(path), "/usr" + path, path.removeprefix("/usr"):
        name = said("dpkg-query", "-S", at).partition(": ")[0].partition(",")[0]
        if name:
            return name.partition(":")[0], said("dpkg-query", "-W", "-f", "${Version}\n", name).split("\n")[0]
    return None, None


def spdx_id(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def package(name, version, licence, **more):
    return {"SPDXID": spdx_id(name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION", **more}


def library(name, path):
    origin, version = package_of(path) if path else (None, None)
    more = {}
    if origin:
        more["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                 "referenceLocator": f"pkg:deb/debian/{origin}@{version}"}]
    return package(name, version or "NOASSERTION", LICENCES.get(name.partition(".so")[0], "NOASSERTION"), **more)


def moment():
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or said("git", "log", "-1", "--format=%ct").strip() or "0"
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(build, version):
    programs = [os.path.join(build, p) for p in PROGRAMS if os.path.exists(os.path.join(build, p))]
    if not programs:
        sys.exit(f"sbom.py: there is no program in {build}: build it first (make)")
    packages, relations, found = [], [], {}
    for path in programs:
        name = os.path.basename(path)
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        packages.append(package(name, version, "GPL-2.0-only", checksums=[{"algorithm": "SHA256", "checksumValue": digest}]))
        relations.append(("SPDXRef-DOCUMENT", "DESCRIBES", spdx_id(name)))
        where = paths(path)
        for lib in needed(path):
            found.setdefault(lib, where.get(lib))
            relations.append((spdx_id(name), "DYNAMIC_LINK", spdx_id(lib)))
    packages += [library(name, found[name]) for name in sorted(found)]
    body = {"packages": packages, "relationships": [dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), r))
                                                    for r in relations]}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    print(json.dumps({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                      "name": f"sockwatch-{version}", "documentNamespace": f"urn:sockwatch:{version}:{digest[:32]}",
                      "creationInfo": {"created": moment(), "creators": ["Tool: scripts/sbom.py"]}, **body}, indent=2))


main(*sys.argv[1:3])
