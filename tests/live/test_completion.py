# SPDX-License-Identifier: GPL-2.0-only
"""Completion in the shells, by the scripts that sockwatch prints; and what `make install` leaves."""
import contextlib
import os
import pathlib
import pty
import shutil
import subprocess
import threading

from harness import LONG, Settings, Skip, check, finished, run, scratch, set_name, wait_until

WORDS = {"list", "who", "conns", "top", "record", "log", "export", "route", "link", "stats", "help"}


def needs(command):
    path = shutil.which(command)
    if not path:
        raise Skip("not installed: " + command)
    return path


def script(shell):
    done = run(f"--completion={shell}")
    check(done.returncode == 0 and not done.stderr, done)
    return done.stdout.decode()


def bash(*words, quote=False):
    """
    What bash offers behind these words, the last of which may be unfinished. As words of the command
    line that it would complete; with `quote`, as what the shell would make of those.
    """
    quoted = " ".join("'" + w + "'" for w in ("sockwatch", *words))
    text = (f"{script('bash')}\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words)}\n_sockwatch\n"
            "for word in \"${COMPREPLY[@]}\"; do\n"
            + ("eval \"word=$word\"\n" if quote else "") + "printf '%s\\n' \"$word\"; done\n")
    done = subprocess.run(["bash", "--norc", "-c", text], capture_output=True, text=True, check=False)
    check(done.returncode == 0 and not done.stderr, words, done)
    return set(done.stdout.splitlines())


def test_completion__bash_offers_words_options_and_values():
    needs("getent")
    check(bash("") == WORDS, bash(""))
    check(bash("l") == {"list", "log", "link"}, bash("l"))
    check({"--port", "-P", "--failed", "--json"} <= bash("-"), bash("-"))
    check(bash("--col") == {"--color"}, bash("--col"))
    check("--sort" in bash("list", "--") and "--failed" not in bash("list", "--"), bash("list", "--"))
    check("--follow" in bash("route", "-n", "--"), "route")
    check(bash("--color", "=", "al") == {"always"}, bash("--color", "=", "al"))
    check(bash("--color", "=") == {"auto", "always", "never"}, bash("--color", "="))
    check("ecs" in bash("--json", "=") and bash("--json", "=", "ec") == {"ecs"}, bash("--json", "="))
    check("--failed" in bash("--json", "--"), "the schema may be left out")
    check(bash("--state", "time") == {"time-wait"} and bash("--state", "=", "est") == {"established"}, "states")
    check("https" in bash("-P", "http"), bash("-P", "http"))
    check("https" in bash("who", "http"), bash("who", "http"))
    check("root" in bash("--uid", "=", "ro"), bash("--uid", "=", "ro"))
    check({"self"} <= bash("--netns", "=", "se"), bash("--netns", "=", "se"))
    check({"established"} == bash("--state", "=", "est"), "a state")
    check(bash("--count", "") == set(), "a number is nobody's to know")
    check("--sort" in bash("list", "-c", "--"), "the time of -c may be left out")
    check(bash("help", "") == WORDS - {"help"} | {"filters"}, bash("help", ""))
    check(bash("list", "") == set(), bash("list", ""))


def test_completion__name_of_a_process_is_no_shell_code():
    """Whoever may start a process may call it so; it is root who presses Tab."""
    needs("getent")
    with scratch() as folder:
        os.chdir(folder)
        for name in (b"$(touch got)", b"`touch got`", b"; touch got", b"*"):
            set_name(name)
            offered = bash("--comm", "", quote=True)
            check(name.decode() in offered, name, offered)
            check(os.listdir() == [], name, "was run")


def shell_script(shell, folder):
    """The path of the script, which the shell takes without a word."""
    path = f"{folder}/sockwatch.{shell}"
    with open(path, "w") as f:
        f.write(script(shell))
    done = subprocess.run([needs(shell), "-n", path], capture_output=True, text=True, check=False)
    check(done.returncode == 0 and not done.stderr, shell, done)
    return path


def test_completion__fish_offers_words_options_and_values():
    with scratch() as folder:
        path = shell_script("fish", folder)

        def fish(line):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"],
                                  capture_output=True, text=True, check=False)
            check(done.returncode == 0 and not done.stderr, line, done)
            return {offered.split("\t")[0] for offered in done.stdout.splitlines()}

        check(fish("sockwatch ") == WORDS, fish("sockwatch "))
        check(fish("sockwatch l") == {"list", "link", "log"}, fish("sockwatch l"))
        check(fish("sockwatch help ") == WORDS - {"help"} | {"filters"}, fish("sockwatch help "))
        check(fish("sockwatch --color=") == {"--color=auto", "--color=always", "--color=never"}, "values")
        check("https" in fish("sockwatch who http"), "services")
        for word, option, fits in (("", "--sort", False), ("list", "--sort", True), ("list", "--failed", False),
                                   ("", "--failed", True), ("route", "--port", False), ("link", "--color", True)):
            offered = fish(f"sockwatch {word} {option}")
            check((option in offered or option + "=" in offered) == fits, word, option, offered)


class Zsh:
    """An interactive zsh that has read the script; what it makes of a line with Tab at its end."""

    def __init__(self, folder):
        path = shell_script("zsh", folder)
        main, sub = pty.openpty()
        self.answer = folder + "/answer"
        env = {**os.environ, "TERM": "xterm", "HOME": folder, "ZDOTDIR": folder}
        self.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=sub, stdout=sub, stderr=sub, cwd=folder,
                                        start_new_session=True, env=env)
        os.close(sub)
        self.main = main
        self.threads = threading.Thread(target=self.read)
        self.threads.start()
        self.type(f"unsetopt automenu; autoload -Uz compinit; compinit -u -D; source {path}\n")

    def read(self):
        with contextlib.suppress(OSError):  # its other end is closed
            while os.read(self.main, 65536):
                pass

    def type(self, text):
        os.write(self.main, text.encode())

    def complete(self, line):
        """The command line afterwards, as words."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.answer)
        # Tab completes, Home goes to the beginning, where printf takes all the rest
        self.type(f"{line}\t\x01printf '%s\\n' \x05 > {self.answer}.new; mv {self.answer}.new {self.answer}\n")
        wait_until(lambda: os.path.exists(self.answer), "zsh behind " + line, LONG)
        with open(self.answer) as f:
            return f.read().splitlines()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.threads.join()
        os.close(self.main)


def test_completion__zsh_offers_words_options_and_values():
    with scratch() as folder:
        zsh = Zsh(folder)
        try:
            for line, words in (("lis", ["list"]), ("help filt", ["help", "filters"]), ("--color=al", ["--color=always"]),
                                ("who telne", ["who", "telnet"]), ("list --sor", ["list", "--sort"]),
                                ("route --sor", ["route", "--sor"]), ("route --fol", ["route", "--follow"]),
                                ("--fai", ["--failed"]), ("list --state=lis", ["list", "--state=listen"])):
                offered = zsh.complete("sockwatch " + line)
                check(offered == ["sockwatch", *words], line, offered)
            set_name(b"zz$(touch got)")
            offered = zsh.complete("sockwatch --comm zz")
            check(offered[1:] == ["--comm", "zz$(touch got)"], offered)
            check(not os.path.exists(folder + "/got"), "the name was run")
        finally:
            zsh.close()


def test_completion__unknown_shell_is_refused():
    done = run("--completion=tcsh")
    check(done.returncode == 2 and b"bash, zsh or fish" in done.stderr, done, Settings.binary)


def test_completion__install_puts_scripts_where_shells_look():
    tree = pathlib.Path(__file__).parent.parent.parent
    if not (tree / "Makefile").exists():
        raise Skip("no Makefile here")
    with scratch() as folder:
        def make(target):  # as it was built: nothing is made anew
            done = subprocess.run([needs("make"), "-C", tree, "-o", "all", target, "DESTDIR=" + folder, "PREFIX=/usr",
                                   "OUT=" + os.path.dirname(Settings.binary)], capture_output=True, check=False)
            check(done.returncode == 0, done)
            return {str(p.relative_to(folder)) for p in pathlib.Path(folder).rglob("*") if not p.is_dir()}

        scripts = {"bash": "usr/share/bash-completion/completions/sockwatch",
                   "zsh": "usr/share/zsh/site-functions/_sockwatch",
                   "fish": "usr/share/fish/vendor_completions.d/sockwatch.fish"}
        there = make("install")
        there.discard("usr/libexec/sockwatch/sockwatch-store")  # where SQLite is
        there.discard("usr/libexec/sockwatch/sockwatch-top")  # where ncursesw is
        there.discard("usr/libexec/sockwatch/sockwatch-export")  # where libmicrohttpd is
        there.discard("usr/libexec/sockwatch/sockwatch-fleet")  # where libcurl is
        options = "etc/sockwatch/record.conf"
        check(there == {*scripts.values(), "usr/sbin/sockwatch", "usr/share/man/man8/sockwatch.8", options,
                        "usr/lib/systemd/system/sockwatch-record.service", "usr/lib/sysusers.d/sockwatch.conf",
                        "usr/lib/tmpfiles.d/sockwatch.conf", "etc/apparmor.d/sockwatch-record"}, there)
        unit = pathlib.Path(folder, "usr/lib/systemd/system/sockwatch-record.service").read_text(encoding="utf-8")
        check("\nExecStart=/usr/sbin/sockwatch record --config /etc/sockwatch/record.conf\n" in unit, unit)
        done = finished([Settings.binary, "record", "--check", "--config", os.path.join(folder, options),
                         "--dir", os.path.join(folder, "store")])
        check(done.returncode != 2, done)  # the file is as it should be
        pathlib.Path(folder, options).write_text("max-size 2G\n", encoding="utf-8")
        make("install")
        check(pathlib.Path(folder, options).read_text(encoding="utf-8") == "max-size 2G\n")
        for shell, path in scripts.items():
            check(pathlib.Path(folder, path).read_text(encoding="utf-8") == script(shell), path)
        check(make("uninstall") == {options}, "what is left")
