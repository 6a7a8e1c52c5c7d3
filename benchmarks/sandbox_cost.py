"""What the sandbox costs a worker: start, first answer and end, confined and not, in turns.

    python benchmarks/sandbox_cost.py [WORKERS]

Two warm zygotes side by side, one at this machine's level and one at level 1; each in turn forks a worker that answers
one call and ends. The difference of the medians is the cost. Wall times mean something on an idle machine only.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from grader.host import WorkerSubject
from grader.launch import Launcher, new_launcher
from grader.model import Cell, Submission, Unit
from grader.subject import Student

ANSWER = Submission("one", (Unit("one", "one.py", (Cell("one.py", "def one(): return 1"),)),))
GOAL = 0.020


def seconds_of_one(launcher: Launcher) -> tuple[float, float]:
    """Until the first answer, and until the worker and all of its world have gone."""
    began = time.perf_counter()
    subject = WorkerSubject(ANSWER, launcher)
    if Student(subject).one() != 1:
        raise RuntimeError("the worker does not answer")
    answered = time.perf_counter()
    subject.close()
    return answered - began, time.perf_counter() - began


def main() -> int:
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    confined, plain = new_launcher(), new_launcher(level=1)
    try:
        for launcher in (confined, plain):
            seconds_of_one(launcher)  # the zygote's own start
        pairs = [(seconds_of_one(confined), seconds_of_one(plain)) for _ in range(workers)]
        level = confined.level
    finally:
        confined.close()
        plain.close()
    print(
        f"{'median of ' + str(workers) + ' workers, ms':28} {'level ' + str(level):>9} {'level 1':>9} {'cost':>9}"
    )
    for number, name in enumerate(("first answer", "first answer and end")):
        with_it, without = (statistics.median(pair[side][number] for pair in pairs) for side in (0, 1))
        print(f"{name:28} {with_it * 1e3:9.1f} {without * 1e3:9.1f} {(with_it - without) * 1e3:9.1f}")
    print(f"goal: {GOAL * 1e3:.0f} ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
