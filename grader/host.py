"""Submissions in worker processes: started when first needed, and again after one was lost."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from grader.dialogue import Worker, WorkerLimits
from grader.errors import Died, Forbidden, OutOfMemory, StudentHalt, TimedOut, WorkerError
from grader.launch import Launcher, new_launcher
from grader.model import Remark, Scene, Submission, Unit
from grader.questions import Bundle, Question, RawReply, Replies
from grader.subject import Subject, Usage
from grader.worker.codec import Encoder

RELEASE = Question.of({"op": "release"})
MOST_TOGETHER = 8 << 20
"""bytes of questions in one message"""


class ProcessSubject(Subject):
    """A submission in a process that is started when first needed and again after it was lost."""

    runs_before_loading = False
    """whether student code has run when `_started` returns"""

    def __init__(self, submission: Submission, limits: WorkerLimits | None = None) -> None:
        self._submission = submission
        self._limits = limits or WorkerLimits()
        self._worker: Worker | None = None
        self._deadline = float("inf")
        self._used = self._ended = False
        """whether anything was asked, and whether the check that asked it has ended"""
        self._asks_singly = False
        """whether a worker was lost over a bundle"""
        self._loaded = False
        self._left_out: set[tuple[str, int]] = set()
        self._scene: Scene | None = None
        self.remarks: list[Remark] = []
        """what went wrong while the files and cells were run"""

    def prepare(self, scene: Scene | None) -> None:
        self._scene = scene

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        question = Question.of(header, body)
        worker, id = self._sent(self._launched if header.get("early") else self._running, question)
        try:
            return worker.reply(id, self._deadline).parsed()
        except StudentHalt as halt:
            raise self._lost(halt) from None

    def ask_all(self, bundle: Bundle) -> Replies:
        """All in one message, until a worker was lost over one: then one by one, to see which question it was."""
        if self._asks_singly or bundle.size > MOST_TOGETHER:
            return self._one_by_one(bundle)
        try:
            worker, id = self._sent(self._running, bundle.together)
            replies = worker.replies(bundle, id, self._deadline)
        except StudentHalt as halt:
            return Replies.of((), halt)
        if replies.halt is not None:
            self._asks_singly = True
            replies.halt = self._lost(replies.halt)
        return replies

    def _one_by_one(self, bundle: Bundle) -> Replies:
        found: list[RawReply] = []
        try:
            worker, first = self._sent(self._running, bundle.questions[0])
            for id in [first, *map(worker.send, bundle.questions[1:])]:
                found.append(worker.reply(id, self._deadline))
        except StudentHalt as halt:
            return Replies.of(found, self._lost(halt))
        return Replies.of(found)

    def _sent(self, ready: Callable[[], Worker], question: Question) -> tuple[Worker, str]:
        """Who was asked, and the id of the reply. The objects of a check that has ended are let go on the way."""
        worker = ready()
        due, self._used, self._ended = self._used and self._ended, True, False
        if due:
            released, id = worker.send(RELEASE), worker.send(question)
            try:
                worker.reply(released, self._deadline)
            except StudentHalt as halt:  # it ended after its check: that is no answer to this question
                self._lost(halt)
                worker = ready()
                id = worker.send(question)
        else:
            id = worker.send(question)
        worker.hear = self.hear
        return worker, id

    def begin_check(self, seconds: float) -> None:
        self._ended = True
        if self._worker is not None:
            self._worker.output()
        self._deadline = time.monotonic() + seconds

    def output(self) -> str:
        """What the student's code printed since the check began."""
        return self._worker.output() if self._worker else ""

    def close(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def start(self) -> None:
        """Run the submission's files and cells now."""
        self._running()

    def usage(self) -> Usage:
        return self._worker.usage() if self._worker else Usage(0.0, 0)

    def _launched(self) -> Worker:
        """The process, whether or not it has loaded the submission."""
        if self._worker is None:
            self._worker, self._loaded = self._started(), False
        return self._worker

    def _running(self) -> Worker:
        while True:
            worker = self._launched()
            if self._loaded:
                return worker
            left_out = len(self._left_out)
            try:
                self._load(worker)
                worker.output()  # what loading printed is no part of a check
                self._loaded = True
            except StudentHalt as halt:
                lost = self._lost(halt)
                if len(self._left_out) > left_out:  # the next one goes without the piece that did this
                    continue
                late = isinstance(lost, TimedOut) and self._deadline <= time.monotonic()
                if late or self.runs_before_loading:
                    raise lost from None
                raise WorkerError(f"a worker ended before it ran anything: {lost}") from None

    @abstractmethod
    def _started(self) -> Worker:
        """A new process to run the submission in."""

    def _units(self) -> tuple[Unit, ...]:
        """What the process is asked to run."""
        return self._submission.units

    def _load(self, worker: Worker) -> None:
        """Run every piece of the submission; one that hangs or kills the worker is left out next time."""
        deadline = self._deadline if self._left_out else float("inf")
        units = [
            {
                "module": u.module,
                "cells": [{"label": c.label, "source": c.source, "exercise": c.exercise} for c in u.cells],
            }
            for u in self._units()
        ]
        stand_in, _ = worker.ask({"op": "open", "units": units}, b"", deadline)
        if stand_in.get("value") is True:
            self._remark(
                "d2l", "not installed here; the grader's small stand-in with the chapter's helpers is used"
            )
        self._set_scene(worker, deadline)
        for unit in self._units():
            for index, cell in enumerate(unit.cells):
                if (unit.module, index) in self._left_out:
                    continue
                try:
                    reply, _ = worker.ask(
                        {"op": "run", "module": unit.module, "cell": index}, b"", float("inf")
                    )
                except StudentHalt as halt:
                    self._left_out.add((unit.module, index))
                    self._remark(cell.label, f"left out: {_said(halt)}")
                    raise
                if "fault" in reply:
                    self._remark(cell.label, _cell_fault(reply))

    def _set_scene(self, worker: Worker, deadline: float) -> None:
        """Raises WorkerError where the course's own code fails: nothing of the student's has run yet."""
        if self._scene is None:
            return
        encoder = Encoder()
        files = encoder.encode(dict(self._scene.files))
        request = {"op": "scene", "files": files, "source": self._scene.source}
        reply, _ = worker.ask(request, encoder.body(), deadline)
        if "fault" in reply:
            raise WorkerError(f"the course's data could not be served: {_cell_fault(reply)}")

    def _remark(self, where: str, message: str) -> None:
        remark = Remark(where, message)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def _lost(self, halt: StudentHalt) -> StudentHalt:
        """The worker is gone or must go; say how it ended when it did not say so itself."""
        if self._worker is None:
            return halt
        exit = self._worker.end()
        self._worker = None
        if isinstance(halt, Died) and not str(halt):
            return _excess(exit.excess, self._limits) or Died(str(exit))
        return halt


class WorkerSubject(ProcessSubject):
    """A submission in a worker process."""

    def __init__(
        self, submission: Submission, launcher: Launcher, limits: WorkerLimits | None = None
    ) -> None:
        super().__init__(submission, limits)
        self._launcher = launcher

    def start_anew(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    @property
    def level(self) -> int | None:
        return self._launcher.level

    def _started(self) -> Worker:
        return Worker.launched(self._launcher, self._limits)[0]


def _excess(limit: str, limits: WorkerLimits) -> StudentHalt | None:
    """What the process was ended for, when it was ended for using too much."""
    if limit == "memory":
        return OutOfMemory(f"it and what it started used more than {limits.memory / (1 << 30):.1f} GB")
    if limit == "seconds":
        return TimedOut(f"it and what it started used more than {limits.of_worker.seconds} s of CPU time")
    if limit == "tasks":
        return Forbidden(f"it started more than {limits.tasks} processes and threads")
    return Forbidden("it wrote more files than its scratch folder holds") if limit == "files" else None


class OwnedSubject(WorkerSubject):
    """A worker that ends its launcher, too."""

    def close(self) -> None:
        super().close()
        self._launcher.close()


def apart(submission: Submission, launcher: Launcher, limits: WorkerLimits, device: str) -> Subject:
    """A submission in a process of its own, on a device: never a fork of a process that may have touched CUDA."""
    if device.startswith("cuda"):
        return OwnedSubject(submission, new_launcher(launcher.hidden, device=device), limits)
    return WorkerSubject(submission, launcher, limits)


def _said(halt: StudentHalt) -> str:
    return str(halt) or "it ended the process"


def _cell_fault(reply: dict[str, Any]) -> str:
    trace = reply.get("trace")
    last = f" ({trace[-1]})" if isinstance(trace, list) and trace else ""
    kind = str(reply.get("kind", reply["fault"]))
    return f"{kind}: {reply.get('message', '')}"[:500] + last[:300]
