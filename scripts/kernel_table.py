#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""scripts/kernel_table.py PAGE TAP...

Writes the results of the live tests on other kernels into the table of PAGE (docs/KERNELS.md): a row a
test, a column a kernel. Each TAP's first line is the kernel's release. Columns of kernels that are
not among the TAPs stay as they are; so do rows.
"""
import re
import sys

BEGIN, END = "<!-- begin", "<!-- end"


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def read_page(lines):
    """(kernels, {test: {kernel: result}}) of the table between the marks."""
    rows = [cells(line) for line in lines if line.startswith("|")]
    if len(rows) < 2:
        return [], {}
    kernels = rows[0][1:]
    return kernels, {row[0]: dict(zip(kernels, row[1:])) for row in rows[2:]}


def read_tap(path):
    """The kernel's release and {test: result}."""
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    results = {}
    for line in lines[1:]:
        found = re.match(r"(not ok|ok) \d+ - live__(\S+)(.*)", line)
        if found:
            word, name, rest = found.groups()
            passed = "ok, again" if "# AGAIN" in rest else "ok"
            results[name] = "skip" if "# SKIP" in rest else passed if word == "ok" else "FAIL"
    return lines[0] if lines else "?", results


def order(release):
    """Processor by processor, old to new."""
    return release.rpartition("-")[2] != "amd64", [int(n) for n in re.findall(r"\d+", release)[:3]], release


def drawn(kernels, table):
    yield "| test | " + " | ".join(kernels) + " |"
    yield "|---" * (len(kernels) + 1) + "|"
    for name, results in table.items():
        yield "| " + " | ".join([name, *(results.get(kernel, "") for kernel in kernels)]) + " |"


def main():
    page, taps = sys.argv[1], sys.argv[2:]
    with open(page, encoding="utf-8") as f:
        lines = f.read().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(BEGIN)) + 1
    last = next(i for i, line in enumerate(lines) if line.startswith(END))
    kernels, table = read_page(lines[first:last])
    for release, results in map(read_tap, taps):
        kernels.append(release)
        for name, result in results.items():
            table.setdefault(name, {})[release] = result
    kernels = sorted(set(kernels), key=order)
    lines[first:last] = drawn(kernels, table)
    with open(page, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


main()
