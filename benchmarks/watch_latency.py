"""Latency of `grade --watch`: from the save of a file to the first verdict, and to the last.

    python benchmarks/watch_latency.py [SAVES]

A real folder, real saves, a warm worker. The file alternates between a wrong `box_iou` and a right one, so that each save is
a change. Wall times mean something on an idle machine only: the load is printed beside them.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from grader.course import find_course
from grader.launch import new_launcher
from grader.model import Score
from grader.watch import Saved, watch

RIGHT = """import torch


def box_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    both = (high - low).clamp(min=0).prod(-1)
    area = lambda b: (b[:, 2:] - b[:, :2]).prod(-1)
    return both / (area(boxes1)[:, None] + area(boxes2) - both)
"""
WRONG = RIGHT.replace(".clamp(min=0)", "")


def main() -> int:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    course, launcher = find_course(), new_launcher()
    first, last, cpu = [], [], []
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s04_anchor_boxes.py")
        path.write_text(RIGHT)
        state = {"saves": 0, "new": True, "cpu": 0.0}

        def save() -> None:
            if state["saves"] == saves:
                stop.set()
                return
            state.update(saves=state["saves"] + 1, new=True)
            time.sleep(0.3)
            state["cpu"] = time.process_time()
            path.write_text(WRONG if state["saves"] % 2 else RIGHT)

        def began(_: Score) -> None:
            save()

        def saved(found: Saved) -> None:
            if state["new"]:
                first.append(found.seconds)
                cpu.append(time.process_time() - state["cpu"])
                state["new"] = False
            if found.done:
                last.append(found.seconds)
                save()

        try:
            watch(Path(folder), course, launcher, exercises=course.rubric.select(["13.4.2"]), first=began, saved=saved,
                  broken=lambda message: save(), stop=stop)  # fmt: skip
        finally:
            launcher.close()
    print(f"{'':32} {'median':>8} {'worst':>8}")
    for name, values in (
        ("first verdict after a save, s", first),
        ("all it touched, s", last),
        ("CPU of the first, s", cpu),
    ):
        print(f"{name:32} {statistics.median(values):8.2f} {max(values):8.2f}")
    print(f"{saves} saves; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
