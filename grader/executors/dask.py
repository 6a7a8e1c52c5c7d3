"""Examines on the workers of a Dask cluster. Needs the extra `dask`.

    this process ──Setting, course (once a worker)──▶ plugin on the worker: a family of examiners
                 ──submission as bytes──────────────▶ one of them ──outcomes as bytes──▶ back

Every submission is pinned to a worker with room for it, so that it is known whose loss a vanished worker was: one that
costs two is quarantined, and no other is blamed. Dask's own retries would count differently on every scheduler.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distributed import Client, Future, LocalCluster, Worker, WorkerPlugin, get_worker, wait

from grader import wire
from grader.errors import CourseError, GraderError, UsageError, WorkerError
from grader.executors.base import MOST_LOSSES, Done, Executor, Job, Lost, Progress, RunResult, Setting
from grader.executors.parcel import pack, unpack
from grader.executors.processes import Examiner, ExaminerEnded, ExaminerFamily
from grader.fingerprint import surroundings

LOCAL = "local"
PATIENCE = 120.0
"""seconds without any worker, after which a batch ends"""
LOOK_SECONDS = 0.5
PLUGIN = "grade-examiners"

# ---------------------------------------------------------------- on a worker


class Examiners(WorkerPlugin):  # type: ignore[misc]  # distributed is not followed by mypy
    """Keeps examiners warm on a worker, as many as it has threads."""

    name = PLUGIN

    def __init__(self, setting: Setting, course: bytes) -> None:
        self._setting, self._course = setting, course

    def setup(self, worker: Worker) -> None:
        """Starts in the worker's main thread: examiners end with the thread that started them."""
        self._folder = unpack(
            self._course, worker.local_directory
        )  # Dask clears it after a worker that was killed
        self._family = ExaminerFamily(replace(self._setting, course=self._folder.name))
        self._idle: queue.SimpleQueue[Examiner] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def teardown(self, worker: Worker) -> None:
        self._family.close()
        self._folder.cleanup()

    def examine(self, job: Job) -> bytes:
        """{"runs", "seconds"}, or {"lost": how the examiner ended}, or {"fault": what, "usage": bool}."""
        try:
            examiner = self._examiner()
            examiner.give(job)
            while isinstance(said := examiner.hear(), str):
                pass
        except ExaminerEnded as e:
            return wire.dump({"lost": str(e)})
        except GraderError as e:
            return wire.dump({"fault": str(e), "usage": isinstance(e, CourseError)})
        self._idle.put(examiner)
        return wire.dump({"runs": [r.to_data() for r in said.runs], "seconds": said.seconds})

    def _examiner(self) -> Examiner:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._lock:
            return self._family.examiner()


def _examine(name: str, payload: bytes) -> bytes:
    """The task: runs on a worker that has the plugin."""
    plugin: Examiners = get_worker().plugins[PLUGIN]
    return plugin.examine(Job(name, payload, {}))


# ---------------------------------------------------------------- here


@dataclass(frozen=True)
class _Running:
    """A job and the worker it is pinned to."""

    job: Job
    worker: str


class DaskExecutor(Executor):
    """A client of a scheduler, or of a cluster of its own on this machine.

    address  of a scheduler ("tcp://host:8786"), or "local"
    jobs     workers of a local cluster

    Raises UsageError when there is no scheduler.
    """

    def __init__(self, setting: Setting, address: str, jobs: int) -> None:
        self._cluster: Any = None
        if address == LOCAL:
            self._cluster = LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None
            )
        try:
            self._client = Client(self._cluster or address, timeout=20, set_as_default=False)
        except (OSError, ValueError) as e:
            raise UsageError(
                f"--dask {address}: no scheduler there ({e}); start one with: dask scheduler"
            ) from e
        self._client.register_plugin(Examiners(setting, pack(Path(setting.course))))
        device = setting.training[1] if setting.training else "cpu"
        self._here = surroundings(device)
        self._device = device
        self._checked: set[str] = set()
        self._running: dict[Future, _Running] = {}
        self._losses: Counter[str] = Counter()

    @property
    def slots(self) -> int:
        return sum(self._client.nthreads().values())

    def run(self, jobs: Iterator[Job], progress: Progress) -> Iterator[Done | Lost]:
        again: list[Job] = []
        held: Job | None = None
        more, seen = True, time.monotonic()
        while more or again or held or self._running:
            workers = self._workers()
            seen = time.monotonic() if workers else seen
            if time.monotonic() - seen > PATIENCE:
                raise WorkerError(
                    f"the Dask scheduler has had no worker for {PATIENCE:.0f} s; what is finished stays"
                )
            while held or again or more:
                held = held or (again.pop() if again else next(jobs, None))
                if held is None:
                    more = False
                elif worker := self._place(held, workers):
                    self._submit(held, worker)
                    progress(held.name, "")
                    held = None
                else:
                    break
            yield from self._results(again)
            yield from self._vanished(again)

    def close(self) -> None:
        with contextlib.suppress(Exception):  # the scheduler may be gone
            self._client.cancel(list(self._running), force=True)
        with contextlib.suppress(Exception):
            self._client.unregister_worker_plugin(PLUGIN)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    # -- placing

    def _workers(self) -> dict[str, Mapping[str, Any]]:
        """Address → facts of the workers that are there and grade as this machine would."""
        found = self._client.scheduler_info(n_workers=-1)["workers"]
        new = [address for address in found if address not in self._checked]
        if new:
            for address, theirs in self._client.run(surroundings, self._device, workers=new).items():
                differs = sorted(k for k, v in self._here.items() if theirs.get(k) != v)
                if differs:
                    what = ", ".join(f"{k} {theirs.get(k, 'none')[:12]}" for k in differs)
                    here = ", ".join(f"{k} {self._here[k][:12]}" for k in differs)
                    raise UsageError(
                        f"Dask worker {address} has {what}, here is {here}: install the same on both"
                    )
                self._checked.add(address)
        return dict(found)

    def _place(self, job: Job, workers: Mapping[str, Mapping[str, Any]]) -> str | None:
        """A worker with room for a job; None while there is none."""
        load = Counter(r.worker for r in self._running.values())
        wanted = job.resources.items()
        able = {
            a: w for a, w in workers.items() if all(w.get("resources", {}).get(k, 0) >= v for k, v in wanted)
        }
        if workers and not able:
            need = ", ".join(f"{k}={v:g}" for k, v in wanted)
            raise UsageError(f"no Dask worker has {need}; start one with: dask worker … --resources '{need}'")
        room = {a: w["nthreads"] - load[a] for a, w in able.items()}
        best = max(room, key=lambda a: room[a], default=None)
        return best if best is not None and room[best] > 0 else None

    def _submit(self, job: Job, worker: str) -> None:
        key = f"grade-{job.name}-{self._losses[job.name]}-{time.monotonic_ns()}"
        future = self._client.submit(
            _examine, job.name, job.payload, key=key, workers=[worker], allow_other_workers=False,
            resources=dict(job.resources) or None, pure=False,
        )  # fmt: skip
        self._running[future] = _Running(job, worker)

    # -- results

    def _results(self, again: list[Job]) -> Iterator[Done | Lost]:
        if not self._running:
            time.sleep(LOOK_SECONDS)
            return
        with contextlib.suppress(TimeoutError), self._client.as_current():
            wait(list(self._running), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
        for future in [f for f in self._running if f.done()]:
            running = self._running.pop(future)
            if future.status != "finished":
                error = future.exception() if future.status == "error" else future.status
                yield from self._lost(running.job, f"the Dask task ended: {error}", again)
                continue
            said = wire.load(future.result())
            if "fault" in said:
                raise (CourseError if said["usage"] else WorkerError)(said["fault"])
            if "lost" in said:
                yield from self._lost(running.job, said["lost"], again)
                continue
            yield Done(running.job, tuple(RunResult.from_data(r) for r in said["runs"]), said["seconds"])

    def _vanished(self, again: list[Job]) -> Iterator[Lost]:
        """What ran on a worker that is gone."""
        if not self._running:
            return
        there = self._client.nthreads()
        for future, running in list(self._running.items()):
            if running.worker not in there and not future.done():
                del self._running[future]
                future.cancel()
                yield from self._lost(running.job, f"the Dask worker {running.worker} was lost", again)

    def _lost(self, job: Job, reason: str, again: list[Job]) -> Iterator[Lost]:
        self._losses[job.name] += 1
        if self._losses[job.name] < MOST_LOSSES:
            again.append(job)
        else:
            count = self._losses[job.name]
            yield Lost(job, f"quarantined: {count} workers were lost while they examined it ({reason})")
