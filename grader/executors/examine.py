"""The process that examines: `python -m grader.executors.examine FD`. The `Setting` comes over the Unix socket FD.

What starts workers is begun first: it warms up while torch, pytest and the checks are imported here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from grader.executors.base import Setting
from grader.launch import Launcher, new_launchers
from grader.worker.preload import much_is_imported
from grader.worker.process import die_with_parent


def started(setting: Setting, count: int = 1) -> list[Launcher]:
    """Begin to start what starts workers, from which the course is hidden."""
    course = [Path(setting.course, name) for name in ("rubric.yaml", "reference", "tests")]
    return new_launchers([*course, *map(Path, setting.hidden)], count)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which then hangs up
    die_with_parent()
    control = Connection(int(sys.argv[1]))
    with contextlib.suppress(EOFError, OSError):
        setting = Setting.from_bytes(control.recv_bytes())
        launchers = started(setting, setting.slots)

        with much_is_imported():
            from grader.executors.examination import Examination

        Examination(control, setting, launchers).run()
    sys.stderr.flush()
    os._exit(0)  # to take torch down piece by piece takes a second


if __name__ == "__main__":
    main()
