# SPDX-License-Identifier: GPL-2.0-only
"""A page as a browser shows it: headless Chromium, and the colours of its picture."""
import collections
import os
import subprocess
import zlib

from harness import LONG, check
from servers import needs


def shown(page, folder, dark=False, width=1080, height=1600):
    """How often each colour, as #rrggbb, is in the picture of a page (a path); the picture is in the folder."""
    picture = os.path.join(folder, "dark.png" if dark else "light.png")
    done = subprocess.run(
        [needs("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
         f"--blink-settings=preferredColorScheme={0 if dark else 1}",
         f"--window-size={width},{height}", f"--screenshot={picture}", "file://" + page],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=LONG, check=False)
    check(done.returncode == 0 and os.path.exists(picture), done.returncode, done.stderr[-2000:].decode("utf-8", "replace"))
    with open(picture, "rb") as f:
        return colours(f.read())


def chunks(png):
    """The parts of a PNG file."""
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        yield png[at + 4:at + 8], png[at + 8:at + 8 + size]
        at += 12 + size


def colours(png):
    """Of a picture of eight bits a colour, as browsers write them."""
    parts = list(chunks(png))
    head = parts[0][1]
    width, height = (int.from_bytes(head[i:i + 4], "big") for i in (0, 4))
    check(head[8] == 8 and head[9] in (2, 6) and not head[12], "another kind of PNG", head)
    size = 3 if head[9] == 2 else 4
    data = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    found, above = collections.Counter(), bytearray(width * size)
    for y in range(height):
        start = y * (width * size + 1)
        above = unfiltered(data[start], bytearray(data[start + 1:start + 1 + width * size]), above, size)
        found.update(zip(above[0::size], above[1::size], above[2::size]))
    return collections.Counter({"#%02x%02x%02x" % rgb: n for rgb, n in found.items()})


def unfiltered(kind, row, above, size):
    """A row's bytes, by the PNG's way of telling only what differs."""
    if kind == 0:
        return row
    if kind == 2:
        return bytearray((a + b) & 255 for a, b in zip(row, above))
    for i, value in enumerate(row):
        left, corner = (row[i - size], above[i - size]) if i >= size else (0, 0)
        row[i] = (value + (left if kind == 1 else (left + above[i]) // 2 if kind == 3 else
                           nearest(left, above[i], corner))) & 255
    return row


def nearest(left, above, corner):
    """Paeth's: of the three that which is nearest to their plane."""
    guess = left + above - corner
    return min((left, above, corner), key=lambda x: abs(guess - x))
