"""What a session of checks has learned: their cases, conversations in which these held, and what earlier runs knew of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

from grader.cases import Case, Cases, Key
from grader.errors import WorkerError
from grader.known import Known, KnownChecks
from grader.subject import Subject
from grader.transcripts import Ear, NotingSubject


class Learned:
    """
    known  what earlier runs have found out, on disk; without, nothing is read or kept
    """

    def __init__(self, known: KnownChecks | None = None) -> None:
        self._ear = Ear()
        self._cases = Cases(self._ear)
        self._known = known
        self._recalled: dict[str, Known | None] = {}
        self._asked: frozenset[str] = frozenset()
        """tests of the check that runs of which all known questions have been asked"""

    def watch(self, item: pytest.Item) -> None:
        """See every case that hypothesis gives to this test."""
        self._cases.watch(item)

    def forget(self) -> None:
        """The seeds have changed: all of it belongs to the old ones."""
        self._cases.forget()
        self._ear.transcripts.forget()
        self._recalled.clear()

    # -- a check begins

    def recall(self, check: str, secret: str, items: Sequence[pytest.Item]) -> None:
        """Before the tests of a check are run for the first time: what earlier runs have found out."""
        if self._known is None or check in self._recalled:
            return
        known = self._recalled[check] = self._known.load(check, secret)
        if known is None:
            return
        for item in items:
            if item.name in known.cases:
                self._cases.keep(item, known.cases[item.name])
            for key, talk in zip(self._keys(item), known.talks.get(item.name, ()), strict=False):
                self._ear.transcripts.learn(key, talk)

    def can_ask(self, items: Sequence[pytest.Item]) -> bool:
        """Whether there is anything to ask ahead."""
        self._ear.unsettled, self._asked = {}, frozenset()
        return any(self._ear.transcripts.knows(key) for item in items for key in self._keys(item))

    def ask_ahead(self, subject: Subject, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Ask what is known to be asked. The tests that this leaves open; `run` goes on from there."""
        keys = {item.nodeid: self._keys(item) for item in items}
        known = [test for test, found in keys.items() if any(map(self._ear.transcripts.knows, found))]
        try:
            self._ear.unsettled = self._ear.transcripts.follow(
                subject, [k for test in known for k in keys[test]]
            )
        except WorkerError:
            return list(items)  # the check itself will say so
        self._asked = frozenset(known)
        left = {test for test, _ in self._ear.unsettled}
        return [item for item in items if item.nodeid not in known or item.nodeid in left]

    def listen(self, subject: Subject | None) -> NotingSubject | None:
        """Who is to be asked in the place of `subject`, so that something is learned; None: nothing is to be."""
        self._ear.subject = NotingSubject(subject) if subject is not None else None
        return self._ear.subject

    # -- its tests

    def knows(self, item: pytest.Item) -> bool:
        """Whether the cases of a property are known."""
        return self._cases.knows(item)

    def holds(self, item: pytest.Function) -> bool:
        """Whether all known cases of a property hold, as far as asking ahead has not settled them."""
        open_ = [number for test, number in self._ear.unsettled if test == item.nodeid]
        return self._cases.replay(item, only=open_ if item.nodeid in self._asked else None)

    def generate(self, item: pytest.Function, failed: Callable[[Exception], None]) -> tuple[Case, ...]:
        """Run a property under hypothesis, and tell `failed` of each case that fails; the cases, where they can be kept."""
        self._cases.record(item, failed)
        return self._cases.of(item)

    def holds_on(self, item: pytest.Function, cases: Sequence[Case]) -> bool:
        """Whether cases hold that somebody else has recorded."""
        return self._cases.replay(item, cases)

    def judge(self, item: pytest.Function, cases: Sequence[Case]) -> None:
        """Raises what the smallest of such cases that fails raises."""
        self._cases.judge(item, cases)

    def hear(self, item: pytest.Item) -> Any:
        """A wrapper around a test; one that hypothesis does not run is a single case."""
        if is_hypothesis_test(getattr(item, "obj", None)):
            return (yield)
        key = (item.nodeid, 0)
        self._ear.begin(key)
        result = yield
        self._ear.learn(key, self._ear.end())
        return result

    # -- it was passed

    def remember(self, check: str, secret: str, items: Sequence[pytest.Item]) -> None:
        """For later runs, once."""
        if self._known is None or self._recalled.get(check) is not None:
            return
        cases = {item.name: self._cases.of(item) for item in items if self._cases.of(item)}
        talks = {i.name: tuple(map(self._ear.transcripts.usual, self._keys(i))) for i in items}
        found = self._recalled[check] = Known(cases, {n: ts for n, ts in talks.items() if any(ts)})
        if found.cases or found.talks:
            self._known.save(check, secret, found)

    def _keys(self, item: pytest.Item) -> list[Key]:
        count = len(self._cases.of(item)) if is_hypothesis_test(getattr(item, "obj", None)) else 1
        return [(item.nodeid, number) for number in range(count)]
