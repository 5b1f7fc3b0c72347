#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""scripts/lengths.py [--self-test]

Fails when a file is longer than 500 lines or a function longer than 60, from its first line to its
last. C functions are found by their shape, which clang-format sees to: only a function's braces
stand alone in column 0.
"""
import ast
import pathlib
import re
import sys

FILE_MOST = 500
FUNCTION_MOST = 60
WHERE = ("src", "bpf", "include", "tests", "scripts")


def c_functions(text):
    """(name, first line, how many) of each function; that of TEST(name) is name."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number - 1
            # what is above belongs to it, up to the end of what came before
            while start > 1 and re.match(r"[^#}/].*[^;/]$", lines[start - 2]):
                start -= 1
        elif line == "}" and start:
            head = re.sub(r'__attribute__\(\(.*?\)\)|SEC\(".*?"\)', "",
                          " ".join(lines[start - 1:number]))
            name = re.search(r"\b(?:\w*TEST\w*|BPF_PROG)\((\w+)|(\w+)\(", head)
            yield (name[1] or name[2]) if name else "?", start, number - start + 1
            start = None


def shell_functions(text):
    start = name = end = None
    lines = 0
    for number, line in enumerate(text.split("\n"), 1):
        if end:  # in a here-document, which is no code
            end = None if line == end else end
            continue
        lines += 1
        head = re.match(r"(\w+)\(\) [{(]$", line)
        if head and not start:
            name, start, lines = head[1], number, 1
        elif line in ("}", ")") and start:
            yield name, start, lines
            start = None
        here = re.search(r"(?<!<)<<'?([A-Z]+)'?", line)
        end = here[1] if here else None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


FUNCTIONS = {".c": c_functions, ".h": c_functions, ".sh": shell_functions, ".py": python_functions}


def complaints(path, text):
    n = text.count("\n")
    if n > FILE_MOST:
        yield f"{path}: {n} lines, of at most {FILE_MOST}"
    for name, first, lines in FUNCTIONS[path.suffix](text):
        if lines > FUNCTION_MOST:
            yield f"{path}:{first}: {name} has {lines} lines, of at most {FUNCTION_MOST}"


def check_tree():
    bad = 0
    for folder in WHERE:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix in FUNCTIONS:
                for complaint in complaints(path, path.read_text()):
                    print(f"lengths: {complaint}", file=sys.stderr)
                    bad += 1
    return bad


def sample(suffix, lines):
    """A function of so many lines, with neighbours that must not count."""
    if suffix == ".c":
        body = "\tx();\n" * (lines - 4)
        return ('static const struct s list[] = {\n\t{ 1 },\n};\n\n/* What it does:\n{\n */\n'
                "static int long_one(int a,\n\t\t    int b)\n{\n" + body + "}\n\n"
                "struct s {\n\tint x;\n};\n\nTEST(short_one)\n{\n\tx();\n}\n")
    if suffix == ".sh":
        return ("long_one() {\n    cat <<'END'\n}\n\nEND\n" + "    x\n" * (lines - 3) +
                "}\n\nshort_one() {\n    x\n}\n")
    return ("class C:\n    def long_one(self):\n" + "        x()\n" * (lines - 1) +
            "\n    def short_one(self):\n        x()\n")


def self_test():
    """What is just short enough passes, and one line more is named."""
    for suffix in (".c", ".sh", ".py"):
        path = pathlib.Path("sample" + suffix)
        for lines in (FUNCTION_MOST, FUNCTION_MOST + 1):
            found = list(complaints(path, sample(suffix, lines)))
            want = [] if lines == FUNCTION_MOST else [f"long_one has {lines} lines"]
            if [f for f in found if not any(w in f for w in want)] or len(found) != len(want):
                sys.exit(f"lengths: self-test: {path}: {lines} lines: {found}")
        comment = "# x\n" if suffix != ".c" else "/* x */\n"
        for lines in (FILE_MOST, FILE_MOST + 1):
            if len(list(complaints(path, comment * lines))) != lines - FILE_MOST:
                sys.exit(f"lengths: self-test: {path}: a file of {lines} lines")


if __name__ == "__main__":
    self_test()
    if sys.argv[1:] != ["--self-test"]:
        sys.exit(check_tree() > 0)
