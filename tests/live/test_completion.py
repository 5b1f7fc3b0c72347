# SPDX-License-Identifier: GPL-2.0-only
"""Completion in the shells, by the scripts that sockwatch prints; and what `make install` leaves."""
import shutil
import subprocess

from harness import Settings, Skip, check, run, scratch

WORDS = {"list", "who", "route", "link", "stats", "help"}


def script(shell):
    done = run(f"--completion={shell}")
    check(done.returncode == 0 and not done.stderr, done)
    return done.stdout.decode()


def bash(*words):
    """What bash offers behind these words, the last of which may be unfinished."""
    quoted = " ".join("'" + w + "'" for w in ("sockwatch", *words))
    text = f"{script('bash')}\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words)}\n_sockwatch\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    done = subprocess.run(["bash", "--norc", "-c", text], capture_output=True, text=True, check=False)
    check(done.returncode == 0 and not done.stderr, words, done)
    return set(done.stdout.split())


def test_completion__bash_offers_words_options_and_values():
    check(bash("") == WORDS, bash(""))
    check(bash("l") == {"list", "link"}, bash("l"))
    check({"--port", "-P", "--failed", "--json"} <= bash("-"), bash("-"))
    check(bash("--col") == {"--color"}, bash("--col"))
    check("--sort" in bash("list", "--") and "--failed" not in bash("list", "--"), bash("list", "--"))
    check("--follow" in bash("route", "-n", "--"), "route")
    check(bash("--color", "=", "al") == {"always"}, bash("--color", "=", "al"))
    check(bash("--color", "=") == {"auto", "always", "never"}, bash("--color", "="))
    check(bash("--state", "time") == set() and bash("--state", "TIME") == {"TIME_WAIT"}, "states")
    check("https" in bash("-P", "http"), bash("-P", "http"))
    check("https" in bash("who", "http"), bash("who", "http"))
    check("root" in bash("--uid", "=", "ro"), bash("--uid", "=", "ro"))
    check(bash("--count", "") == set(), "a number is nobody's to know")


def test_completion__zsh_and_fish_take_their_scripts():
    missing = [s for s in ("zsh", "fish") if not shutil.which(s)]
    for shell in ("zsh", "fish"):
        text = script(shell)
        check("no-loopback" in text and "ESTABLISHED" in text, text)
        if shell in missing:
            continue
        with scratch() as folder:
            path = folder + "/sockwatch"
            with open(path, "w") as f:
                f.write(text)
            done = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
            check(done.returncode == 0 and not done.stderr, shell, done)
            if shell == "fish":
                done = subprocess.run(["fish", "-c", f"source {path}; complete -C 'sockwatch --color='"],
                                      capture_output=True, text=True, check=False)
                check({line.split("\t")[0] for line in done.stdout.splitlines()} >=
                      {"--color=auto", "--color=always", "--color=never"}, done)
                done = subprocess.run(["fish", "-c", f"source {path}; complete -C 'sockwatch l'"],
                                      capture_output=True, text=True, check=False)
                check({line.split("\t")[0] for line in done.stdout.splitlines()} == {"list", "link"}, done)
    if missing:
        raise Skip("not installed: " + " ".join(missing))


def test_completion__unknown_shell_is_refused():
    done = run("--completion=tcsh")
    check(done.returncode == 2 and b"bash, zsh or fish" in done.stderr, done, Settings.binary)
