"""`make bench`: what a class costs here, in nbgrader, in otter-grader, and with the students' code alone.

    python benchmarks/bench.py [--class 24] [--large 300] [--others 4] [--book 1000] [--only class,start,book] [--out FILE]

All in one run on one machine. Wall time depends on what else the machine does, so CPU time (of all processes that took part)
stands beside it; ratios are of both.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bookkeeping
import floor
import others
import starts
from made import EXERCISES, Notebook, made_class, write_class

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of CPU time."""

    wall: float
    cpu: float

    def each(self, count: int) -> Cost:
        return Cost(self.wall / count, self.cpu / count)


def cost(work: Callable[[], object]) -> Cost:
    """What `work` takes in this process and in all that it starts."""
    began, before = time.monotonic(), _cpu()
    work()
    wall = time.monotonic() - began
    _reap()
    return Cost(wall, _cpu() - before)


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def _reap() -> None:
    """Processes that outlived their parent are ours (PR_SET_CHILD_SUBREAPER); their time counts once we wait for them."""
    try:
        while os.waitpid(-1, 0)[0]:
            pass
    except ChildProcessError:
        return


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--class", dest="count", type=int, default=24, help="notebooks that this project grades"
    )
    parser.add_argument("--large", type=int, default=300, help="notebooks of a large class; 0 for none")
    parser.add_argument("--others", type=int, default=4, help="notebooks that nbgrader and otter grade")
    parser.add_argument(
        "--book", type=int, nargs="*", default=[100, 1000], help="sizes of a class that was graded before"
    )
    parser.add_argument("--only", default="class,start,book", help="parts to run")
    parser.add_argument("--out", type=Path, help="write the table here as well")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    lines = [f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"]
    with tempfile.TemporaryDirectory(prefix="grade-bench-") as folder:
        if "class" in options.only:
            lines += _class(Path(folder, "class"), options.count, options.large, options.others)
        if "start" in options.only:
            lines += starts.table(Path(folder, "starts"))
        if "book" in options.only:
            lines += bookkeeping.table(Path(folder, "book"), options.book)
    text = "\n".join(lines)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


def _class(folder: Path, count: int, large: int, sample: int) -> list[str]:
    """All with one job a core, as an instructor runs it; the other graders know no jobs."""
    folder.mkdir()
    notebooks = list(made_class(max(count, sample)))
    some = notebooks[:sample]
    cache = folder / "cache"
    questions = f"{len(floor.calls(notebooks[0]))} calls each"
    rows: list[tuple[str, int, Cost, str]] = []
    write_class(folder / "few", notebooks[:count])  # no two answers alike
    for name, out in (("this project, nothing known", "new"), ("this project, cases known", "again")):
        took = cost(lambda out=out: _batch(folder / "few", folder / out, cache))
        rows.append((name, count, took, f"{questions}; start-up included"))
    if large:
        for name, alike, note in (
            ("a large class", False, "no two answers alike"),
            ("the same", True, "answers repeat"),
        ):
            many = folder / f"many-{alike}"
            write_class(many, made_class(large, alike=alike))
            took = cost(lambda many=many: _batch(many, folder / f"out-{many.name}", cache))
            rows.append((f"this project, {name}", large, took, f"start-up included; {note}"))
    alone = floor.seconds(some)
    rows.append(("floor", sample, Cost(alone, alone), "the students' functions alone, the same calls, warm"))
    problem = others.ensure_environment()
    if problem:
        return [*_rows(rows), f"nbgrader and otter-grader were NOT measured: {problem}"]
    for name, grade in (("nbgrader", others.nbgrader), ("otter", others.otter)):
        (folder / name).mkdir()
        rows.append((name, len(some), *_other(grade, folder / name, some)))
    return _rows(rows)


def _other(
    grade: Callable[[Path, Sequence[Notebook]], tuple[float, int]], folder: Path, some: Sequence[Notebook]
) -> tuple[Cost, str]:
    results: list[tuple[float, int]] = []
    found = cost(lambda: results.append(grade(folder, some)))
    ((seconds, full),) = results
    return Cost(seconds, found.cpu), f"{full} of {len(some)} full marks; a few asserts each"


def _rows(rows: list[tuple[str, int, Cost, str]]) -> list[str]:
    lines = [
        "",
        "| | notebooks | wall s each | CPU s each | × wall | × CPU | |",
        "|---|---|---|---|---|---|---|",
    ]
    ours = rows[0][2].each(rows[0][1])
    for name, count, found, note in rows:
        each = found.each(count)
        ratios = f"{each.wall / ours.wall:.1f} | {each.cpu / ours.cpu:.1f}"
        lines.append(f"| {name} | {count} | {each.wall:.2f} | {each.cpu:.2f} | {ratios} | {note} |")
    return lines


def _batch(submissions: Path, out: Path, cache: Path) -> None:
    chosen = [part for exercise in EXERCISES for part in ("-e", exercise)]
    command = [sys.executable, "-m", "grader.cli", "batch", str(submissions), "--out", str(out), *chosen]
    env = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])


if __name__ == "__main__":
    sys.exit(main())
