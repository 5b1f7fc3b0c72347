# SPDX-License-Identifier: GPL-2.0-only
"""The numbers of scripts/bench.py as a Markdown table, as a picture, and as the checks of its short form."""
import datetime
import html
import os
import re
import shlex
import shutil
import statistics
import subprocess
import textwrap
from pathlib import Path

from bench_store import store_checks, store_rows
from bench_top import viewer_ratios

FLOOR = "empty programs"  # at the same places: less than that it cannot cost
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
PACKAGES = {"tcpstates": "libbpf-tools", "bpftrace": "bpftrace", "ss": "iproute2", "netstat": "net-tools",
            "lsof": "lsof", "nethogs": "nethogs", "iftop": "iftop", "bpftool": "bpftool"}
median = statistics.median


def shown(command):
    """A command as one would type it."""
    return shlex.join([os.path.basename(command[0]), *command[1:]])


# -- about the machine ---------------------------------------------------------------------------

def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions(binary):
    """Of each tool: its package's version, or else what it says itself."""
    found = {"sockwatch": output_of(binary, "--version").split(" ")[-1]}
    for tool, package in PACKAGES.items():
        if shutil.which(tool):
            version = output_of("dpkg-query", "-W", "-f", "${Version}", package)
            found[package] = version or (output_of(tool, "--version") or "of unknown version").splitlines()[0]
    return found


def arguments(args):
    """Those that matter to the numbers."""
    kept, args = [], iter(args)
    for a in args:
        if a in ("--build", "--json"):
            next(args)
        elif a != "--readme":
            kept.append(a)
    return shlex.join(kept)


def about(binary, args):
    args = arguments(args)
    cpu = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)", cpu, re.M)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": model.group(1) if model else os.uname().machine, "cores": os.cpu_count(),
        "virtual": bool(re.search(r"^flags.*\bhypervisor\b", cpu, re.M)), "memory_gib": round(pages / 2**30, 1),
        "kernel": os.uname().release, "load": os.getloadavg()[0], "versions": versions(binary),
        "date": datetime.date.today().isoformat(),
        "command": "make bench" + (f' BENCH_ARGS="{args}"' if args else ""),
    }


def about_text(a):
    kernel = re.match(r"[\d.]*\d", a["kernel"]).group()
    tools = ", ".join(f"{k} {v}" for k, v in a["versions"].items())
    where = " of a virtual machine" if a["virtual"] else ""
    return (f"Measured on {a['date']} by `{a['command']}` (as root): {a['cpu']}, {a['cores']} cores{where}, "
            f"{a['memory_gib']:g} GiB, Linux {kernel}, load {a['load']:.1f} at the start. {tools}.")


# -- Markdown --------------------------------------------------------------------------------------

def spread(values, form="{:.2f}"):
    return f"{form} ({form} to {form})".format(median(values), min(values), max(values))


def cannot(entry):
    return f"cannot run here: {entry['error']}".replace("|", "\\|")


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def told(entry):
    """What a tracer wrote of what there was to tell."""
    lines, expected = round(median(entry["lines"])), entry["expected"]
    if not expected:
        return "none, as asked" if not max(entry["lines"]) else f"{max(entry['lines']):,}, none expected"
    # the listener's own two or three come on top, and ends of TIME_WAIT
    if min(entry["lines"]) >= expected:
        return f"all: {lines:,}"
    return f"{min(entry['lines']):,} of {expected:,} in the poorest run"


def label(name, entry):
    if name == FLOOR:
        return "empty programs at the same places (the floor)"
    return f"`{entry['command']}`" if len(entry["command"]) < 40 else f"{name}, every `inet_sock_set_state`"


def microseconds_over(candidates, name):
    """A connection's CPU over an untraced one's, by rounds."""
    pairs = zip(candidates[name]["cpu"], candidates["untraced"]["cpu"])
    return [cpu - base for cpu, base in pairs if cpu]


def cost_of(candidates, name):
    cost = median(microseconds_over(candidates, name))
    floor = candidates.get(FLOOR, {"error": ""})
    if name == FLOOR or cost <= 0 or "error" in floor or median(microseconds_over(candidates, FLOOR)) <= 0:
        return f"{cost:.1f}"
    return f"{cost:.1f} ({cost / median(microseconds_over(candidates, FLOOR)):.1f} × the floor)"


def churn_table(m):
    rows = []
    for name, e in m["candidates"].items():
        if "error" in e and not e["shares"]:
            rows.append([name, cannot(e), "–", "–", "–"])
        elif name == "untraced":
            rows.append([name, f"1: {spread(e['rates'], '{:,.0f}')} connections a second", "–", "–", "–"])
        else:
            lost = "not told" if None in e["lost"] else f"{sum(e['lost']):,}"
            note = f"; then {cannot(e)}" if "error" in e else ""
            rows.append([label(name, e), spread(e["shares"]) + note, cost_of(m["candidates"], name),
                         "–" if name == FLOOR else told(e), "–" if name == FLOOR else lost])
    how = ("the same with one thread as both ends: nobody is waited for, and one CPU does nothing but open and close"
           if m.get("alone") else
           f"{m['connections']:,} connections one after the other on loopback, between two threads, while the whole "
           "stream is written to a file; share of the untraced rate, "
           f"median (lowest to highest) of {m['rounds']} interleaved rounds; 1 is free")
    return (f"**{'Watching the worst case' if m.get('alone') else 'Watching'}**: {how}.\n\n" + table(["", "share of the untraced rate", "µs of CPU a connection over it", "lines in a run", "events lost"], rows))


def listing_table(m):
    rows = []
    for name, e in m["candidates"].items():
        if "error" in e:
            rows.append([f"`{e['command']}`", cannot(e), "–", "–"])
            continue
        taken = [s for s in e["seconds"] if s]
        ratio = "–" if not e["ratios"] else "1" if name == "sockwatch list -tn" else spread(e["ratios"])
        asked = e.get("of", m["sockets"])
        all_rows = f"all {asked:,}" if e["rows"] >= asked > 1 else f"{e['rows']:,} of {asked:,}"
        rows.append([f"`{e['command']}`", spread(taken, "{:.3f}") + " s", ratio, all_rows])
    return (f"**Listing**: {m['sockets']:,} established sockets with their owners, held by {m['processes']:,} processes, "
            f"to `/dev/null`; median (lowest to highest) of {m['rounds']} interleaved rounds; above 1 is slower than "
            f"`sockwatch list -tn`.\n\n" + table(["", "time", "× the time of `sockwatch list -tn`", "rows with owner"], rows))


def kib(n):
    return n if isinstance(n, str) else f"{n / 1024:.1f} MiB"


def memory_rows(m):
    for sockets, peaks in m["peaks"].items():
        what = ", ".join(f"`{k}` {kib(v)}" for k, v in peaks.items())
        yield [f"peak resident memory, {int(sockets):,} sockets", what]
    samples, lost = m["stream"]["samples"], m["stream"]["lost"]
    picked = [samples[i] for i in (0, 4, len(samples) - 1) if i < len(samples)]
    text = ", ".join(f"{kib(k)} after {n:,} events" for n, k in picked)
    yield ["resident memory of `sockwatch -E`", f"{text}; {lost} lost"]


def many_rows(m):
    for name, e in m["candidates"].items():
        if "error" in e:
            yield [f"{m['sockets']:,} sockets with owners, `{name}`", cannot(e)]
            continue
        times = "" if name == "sockwatch list -tn" else f", {spread(e['ratios'])} times `sockwatch list -tn`"
        yield [f"{m['sockets']:,} sockets with owners, `{name}`", f"{spread(e['seconds'], '{:.2f}')} s{times}; peak resident "
               f"{kib(e['peak'])}; {e['rows']:,} rows"]


def start_rows(m):
    texts = []
    for name, e in m["candidates"].items():
        ms = [s * 1e3 for s in e["seconds"]]
        texts.append(f"`{name}` " + (cannot(e) if "error" in e else spread(ms, "{:.0f}") + " ms"))
    yield [f"from start to the first output, {m['rounds']} rounds", ", ".join(texts)]


def latency_rows(m):
    yield ["from `connect()` to its line in a pipe", f"median {m['median_ms']:.2f} ms, 99 % within {m['p99_ms']:.2f} ms, "
           f"longest {m['max_ms']:.2f} ms of {m['connects']}"]
    yield ["wakeups of an idle `sockwatch`", f"{m['idle_switches']:.1f} a second"]


def cost_rows(m):
    for name, e in m.items():
        programs = "; ".join(f"{p['name']} {p['ns'] / p['runs']:.0f} ns × {p['runs'] / e['connections']:.3g}"
                             for p in e["programs"][:4])
        yield [f"in the kernel for a connection, {name}", f"{e['ns'] / 1000:.1f} µs in {e['runs']:.1f} runs of programs "
               f"(most: {programs})"]


def formatter_rows(m):
    yield ["formatting alone, events a second", ", ".join(f"{k} {v:,.0f}" for k, v in m.items())]


def size_rows(m):
    yield ["size, stripped", ", ".join(f"`{k}` {v / 1024:,.0f} KiB" for k, v in m.items())]


def viewer_rows(m):
    all_of = m["candidates"]
    for name, entry in all_of.items():
        if "error" in entry:
            yield [f"a churn beside {name}", cannot(entry)]
        elif name != "no viewer":
            cpu, churn = viewer_ratios(all_of, name)
            own = median([c for c in entry["cpu"] if c is not None]) / m["connections"] * 1e6
            yield [f"a churn of {m['connections']:,} connections beside {name}",
                   f"{own:.0f} us of CPU a connection in the viewer"
                   + (f", {spread(cpu)} times that of `sockwatch top`" if name != "sockwatch top" else "") + "; "
                   f"the churn takes {spread(churn)} times its own"]


ROWS = {"many": many_rows, "memory": memory_rows, "start": start_rows, "latency": latency_rows, "cost": cost_rows,
        "formatter": formatter_rows, "size": size_rows, "store": store_rows, "viewers": viewer_rows}


def markdown(results):
    parts = [about_text(results["about"]) + "\n"]
    for name, make in {"churn": churn_table, "alone": churn_table, "listing": listing_table}.items():
        if name in results:
            e = results[name]
            parts.append(f"**{name.capitalize()}** {cannot(e)}\n" if "error" in e else make(e))
    rows = []
    for name, make in ROWS.items():
        if name in results:
            e = results[name]
            rows += [[name, cannot(e)]] if "error" in e else list(make(e))
    if rows:
        parts.append("**The rest**\n\n" + table(["", ""], rows))
    return "\n".join(parts)


def programs_text(results):
    """Each program of sockwatch, for those who work on them."""
    parts = []
    for name, e in results.get("cost", {}).items():
        if name != "error":
            rows = [[p["name"], f"{p['ns'] / p['runs']:.0f}", f"{p['runs'] / e['connections']:.2f}",
                     f"{p['ns'] / e['connections']:.0f}"] for p in e["programs"]]
            head = ["program", "ns a run", "runs a connection", "ns a connection"]
            parts.append(f"**Programs, {name}**\n\n" + table(head, rows))
    return "\n".join(parts)


# -- picture -----------------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT, STEP, BAR = 960, 300, 710, 28, 16
LETTER = 6.2  # of the small text, at most, on average
STYLE = """<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px } .small { font-size: 11.5px; fill: #59636e } .name { text-anchor: end }
.ours { fill: #0969da } .theirs { fill: #9aa4af } .line { stroke: #d1d9e0 }
.whisker { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .ours { fill: #4493f8 } .theirs { fill: #656c76 }
.line { stroke: #3d444d } .whisker { stroke: #e6edf3 } }
</style>"""


def text_at(x, y, words, kind=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{html.escape(words)}</text>'


def line_at(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def bar(y, name, entry, scale, label):
    """One row: its name, its bar with a whisker from lowest to highest, its number."""
    name = name if len(name) < 41 else name[:39] + "…"
    parts = [text_at(LEFT - 10, y + 13, name, "name")]
    if not entry:
        return parts + [text_at(LEFT + 4, y + 13, label, "small")]
    x, low, high = (LEFT + v * scale for v in (median(entry), min(entry), max(entry)))
    kind = "ours" if name.startswith("sockwatch") else "theirs"
    middle = y + BAR / 2 + 1
    parts.append(f'<rect x="{LEFT}" y="{y + 1}" width="{x - LEFT:.1f}" height="{BAR}" rx="2" class="{kind}"/>')
    parts.append(line_at(low, middle, high, middle, "whisker"))
    parts += [line_at(end, middle - 4, end, middle + 4, "whisker") for end in (low, high)]
    return parts + [text_at(max(x, high) + 8, y + 13, label)]


def panel(y, title, note, rows, axis, mark=None):
    """Rows of (name, values or None, label) below a title; returns the parts and where they end."""
    scale = (RIGHT - LEFT) / axis
    parts = [text_at(16, y + 16, title, "title")]
    for line in textwrap.wrap(note, int((WIDTH - 32) / LETTER)):
        y += 18
        parts.append(text_at(16, y + 16, line, "small"))
    y += 28
    if mark:
        x = LEFT + mark * scale
        parts.append(line_at(x, y - 2, x, y + STEP * len(rows) - 6, "line"))
    for name, values, label in rows:
        parts += bar(y, name, values, scale, label)
        y += STEP
    return parts, y + 14


def short_error(e):
    return "cannot run here: " + (e["error"] if len(e["error"]) < 60 else e["error"][:57] + "…")


def churn_panel(y, m):
    rows = []
    for name, e in m["candidates"].items():
        label = f"{median(e['shares']):.2f}" if e["shares"] else short_error(e)
        rows.append((name, e["shares"], label))
    axis = max([1.05] + [max(e["shares"]) for e in m["candidates"].values() if e["shares"]])
    return panel(y, "What watching costs: share of the untraced connection rate",
                 f"longer is better; the whole stream to a file; {m['connections']:,} connections a run on loopback; "
                 f"median of {m['rounds']} rounds, lowest to highest", rows, axis, 1)


def listing_panel(y, m):
    rows, axis = [], 0
    for e in m["candidates"].values():
        taken = [s for s in e["seconds"] if s]
        axis = max([axis, *taken])
        label = short_error(e) if "error" in e else f"{median(taken):.2f} s"
        if e["ratios"] and e is not m["candidates"]["sockwatch list -tn"]:
            label += f", × {median(e['ratios']):.2f}"
        rows.append((e["command"], taken, label))
    return panel(y, f"How long a listing of {m['sockets']:,} sockets takes, with owners",
                 f"shorter is better; {m['processes']:,} processes; median of {m['rounds']} rounds, lowest to highest; "
                 f"× the time of sockwatch list -tn", rows, axis or 1)


def picture(results):
    y, body = 10, []
    for name, make in {"churn": churn_panel, "listing": listing_panel}.items():
        if "error" not in results.get(name, {"error": ""}):
            parts, y = make(y, results[name])
            body += parts
    a = results["about"]
    kernel = re.match(r"[\d.]*\d", a["kernel"]).group()
    body.append(text_at(16, y + 8, f"make bench, {a['date']}, {a['cpu']}, {a['cores']} cores, Linux {kernel}", "small"))
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 20}" '
                      f'viewBox="0 0 {WIDTH} {y + 20}" role="img">',
                      "<title>sockwatch beside other tools</title>", STYLE, *body, "</svg>", ""])


def write(results, folder, readme):
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(results)
    Path(folder, "bench.md").write_text("\n".join([text, programs_text(results)]))
    Path(folder, "bench.svg").write_text(picture(results))
    print(text, flush=True)
    if not readme:
        return
    Path("docs/bench.svg").write_text(picture(results))
    page = Path("README.md").read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    image = "![What watching costs, and how long a listing takes, in bars](docs/bench.svg)"
    Path("README.md").write_text(f"{before}{BEGIN}\n{image}\n\n{text}{END}{after}")


# -- the short form: what must not collapse ------------------------------------------------------------

LEAST_SHARE = 0.55  # a quiet machine has 0.8 to 0.9, one with neighbours 0.67; tcpstates 0.45


def best_or_error(results, measure, name, key):
    """Of all rounds: a collapse shows in each of them, noise does not."""
    m = results[measure]
    entry = m if "error" in m else m["candidates"][name]
    return entry["error"] if "error" in entry else max(entry[key])


def checks(results):
    """(name, value or why there is none, lowest value allowed, whether it is a failure that there is none)."""
    for name in ("sockwatch", "sockwatch, nothing matches"):
        yield f"share of the untraced rate: {name}", best_or_error(results, "churn", name, "shares"), LEAST_SHARE, True
    ours, ss = (best_or_error(results, "listing", name, "seconds") for name in ("sockwatch list -tn", "ss -tanp"))
    if isinstance(ours, str) or isinstance(ss, str):
        yield "sockwatch list beside ss -tanp", ours if isinstance(ours, str) else ss, 0, isinstance(ours, str)
    else:
        ratio = best_or_error(results, "listing", "ss -tanp", "ratios")
        yield "time of ss -tanp / time of sockwatch list -tn", ratio, 0.7, True
    rates = results["formatter"]
    yield "events a second of the slowest formatter", rates.get("error") or min(rates.values()), 700000, False
    yield from store_checks(results["store"])


def check_short(results):
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    for name, value, least, needed in checks(results):
        if isinstance(value, str):
            word, text = "not ok" if needed else "skip", value
        else:
            word, text = "ok" if value >= least else "not ok", f"{value:.4g} (at least {least})"
        counts[word] += 1
        print(f"{word:7} {name}: {text}")
    print(f"{counts['ok']} passed, {counts['not ok']} failed, {counts['skip']} skipped", flush=True)
    return 1 if counts["not ok"] else 0
