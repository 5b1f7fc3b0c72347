# SPDX-License-Identifier: GPL-2.0-only
"""A word that has a second program beside it: the store's writer, what gives metrics away."""
import os

from harness import Settings, Skip, Watch, check, here, wait_until


class Paired(Watch):
    """Such a word that runs, with `program` beside it; it has done with its start. word: it, and what comes first."""

    program = None

    def __init__(self, word, *args, everywhere=False, wait=True, **kw):
        if not os.access(os.path.join(os.path.dirname(Settings.binary), self.program), os.X_OK):
            raise Skip("built without " + self.program)
        super().__init__(*word, *([] if everywhere else [here()]), *args, form=None, wait=wait, **kw)
        if wait:
            try:
                wait_until(lambda: "sockwatch: privileges: " in self.stderr() or self.process.poll() is not None,
                           "the start")
                check(self.process.poll() is None, "it ended")
            except AssertionError as e:
                self.__exit__(e)
                raise

    def other(self):
        """The PID of the second program."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            for pid in f.read().split():
                with open(f"/proc/{pid}/comm", encoding="utf-8") as name:
                    if name.read().strip() == self.program[:15]:
                        return int(pid)
        raise AssertionError("there is no " + self.program)
