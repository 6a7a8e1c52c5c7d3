"""A real scheduler with real workers on loopback: results are the same, and a worker that is lost costs nobody's grade."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TINY, submission

from grader.course import DEFAULT_SECRET, Course
from grader.errors import UsageError
from grader.executors import Done, Job, Lost, Setting
from grader.executors.parcel import pack, unpack

pytest.importorskip("distributed")

# Dask's own threads and sockets end when they end; its warnings are not ours to mend.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

SETTING = Setting(str(TINY), DEFAULT_SECRET, None)
RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"


def job(tiny: Course, name: str, source: str = RIGHT, resources: dict[str, float] | None = None) -> Job:
    made = submission(tiny, name, s01_sums=source)
    return Job.of(made, ("1.1.1", "1.1.2"), {}, full=False, resources=resources)


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                     "--scheduler-file", file)  # fmt: skip
        while not file.exists():
            time.sleep(0.1)
        self.address = json.loads(file.read_text())["address"]

    def add(self, *options: str) -> subprocess.Popen[bytes]:
        worker = self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                             "--local-directory", self.folder, *options)  # fmt: skip
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, *arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *map(str, arguments)]
        with (self.folder / "dask.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    yield found
    found.close()


def run(cluster: Cluster, jobs: list[Job], watch: object = None) -> dict[str, Done | Lost]:
    from grader.executors.dask import DaskExecutor

    executor = DaskExecutor(SETTING, cluster.address, 1)
    try:
        return {r.job.name: r for r in executor.run(iter(jobs), watch or (lambda *_: None))}
    finally:
        executor.close()


def test_a_course_travels_as_bytes() -> None:
    assert pack(TINY) == pack(TINY)
    with unpack(pack(TINY)) as folder:
        assert Course(Path(folder)).rubric.model_dump() == Course(TINY).rubric.model_dump()


def test_two_workers_one_killed_midway(tiny: Course, cluster: Cluster) -> None:
    victim, _ = cluster.add(), cluster.add()
    slow = RIGHT + "import time\ntime.sleep(1)\n"
    jobs = [job(tiny, f"s{n}", f"{slow}# {n}") for n in range(8)]
    timer = threading.Timer(25, victim.send_signal, [signal.SIGKILL])

    def watch(name: str, exercise: str) -> None:
        if name == "s3":  # both are at work
            timer.cancel()
            victim.send_signal(signal.SIGKILL)

    timer.start()
    found = run(cluster, jobs, watch)
    assert len(found) == 8
    assert all(isinstance(r, Done) for r in found.values()), found
    for result in found.values():
        outcomes = [o for part in result.runs for e in part.outcomes for o in part.outcomes[e]]
        assert {o.status.value for o in outcomes} == {"passed", "not_attempted"}


def test_a_submission_that_costs_two_workers_is_quarantined(tiny: Course, cluster: Cluster) -> None:
    """The workers' processes are killed whenever the submission is at work; the other submissions are not blamed."""
    for _ in range(2):
        cluster.add()
    hangs = "import time\ndef total(x): time.sleep(9)\n"

    def watch(name: str, exercise: str) -> None:
        if name != "killer":
            return
        busy = {r.worker for r in executor._running.values() if r.job.name == name}
        pids = executor._client.run(os.getpid, workers=list(busy))
        threading.Timer(0.5, lambda: [os.kill(p, signal.SIGKILL) for p in pids.values()]).start()
        cluster.add()

    from grader.executors.dask import DaskExecutor

    executor = DaskExecutor(SETTING, cluster.address, 1)
    jobs = [job(tiny, "killer", hangs), *(job(tiny, f"s{n}", f"{RIGHT}# {n}") for n in range(3))]
    try:
        found = {r.job.name: r for r in executor.run(iter(jobs), watch)}
    finally:
        executor.close()
    assert isinstance(found.pop("killer"), Lost)
    assert all(isinstance(r, Done) for r in found.values())


def test_a_gpu_task_asks_for_a_gpu(tiny: Course, cluster: Cluster) -> None:
    cluster.add()
    time.sleep(8)
    with pytest.raises(UsageError, match="no Dask worker has GPU=1"):
        run(cluster, [job(tiny, "ada", resources={"GPU": 1})])
    cluster.add("--resources", "GPU=1")
    time.sleep(8)
    assert isinstance(run(cluster, [job(tiny, "ada", resources={"GPU": 1})])["ada"], Done)


def test_no_scheduler() -> None:
    from grader.executors.dask import DaskExecutor

    with pytest.raises(UsageError, match="no scheduler there"):
        DaskExecutor(SETTING, "tcp://127.0.0.1:9", 1)
