"""Generated cases of a property, kept from a submission that passed it and given to the ones that come after.

Which cases hypothesis generates follows from the check's seed, not from the student's answers, as long as none fails. So
whoever passes sees the same cases, and generating them again only costs time. A case that fails is not reported from here:
the check runs once more under hypothesis, which finds the same case and looks for the smallest one.
"""

from __future__ import annotations

import copy
import functools
import json
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import is_hypothesis_test
from hypothesis.errors import Flaky, HypothesisDeprecationWarning, UnsatisfiedAssumption
from hypothesis.strategies import DataObject

from grader.errors import NotRecorded
from grader.worker.codec import CodecError, Encoder, to_json

MOST_CASES = 200

Case = Mapping[str, Any]
"""name of a parameter → generated value"""


Key = tuple[str, int]
"""id of a test, number of its case"""


class Listener:
    """Is told where a case begins and ends, and which cases held."""

    def begin(self, key: Key | None) -> None:
        """A case begins; `key` where it is a known one."""

    def end(self) -> Any:
        """It held: what was heard of it."""

    def learn(self, key: Key, heard: Any) -> None:
        """What was heard belongs to this case."""


class Cases:
    """The cases of every check that somebody has passed."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener or Listener()
        self._kept: dict[str, tuple[Case, ...]] = {}
        self._recording: list[tuple[Case, Any]] | None = None
        self._failed: Callable[[Exception], None] = lambda error: None

    def watch(self, item: pytest.Item) -> None:
        """See every case that hypothesis gives to this test."""
        function: Any = getattr(item, "obj", None)
        if is_hypothesis_test(function):
            # the module outlives us: another examiner may have watched it
            if not hasattr(function, "_grade_inner"):
                function._grade_inner = function.hypothesis.inner_test
            function.hypothesis.inner_test = self._watched(function._grade_inner, _fixtures(item))

    def forget(self) -> None:
        """The seeds have changed: what was kept belongs to the old ones."""
        self._kept.clear()

    def knows(self, item: pytest.Item) -> bool:
        return item.nodeid in self._kept

    def record(self, item: pytest.Function, failed: Callable[[Exception], None]) -> None:
        """Run a test under hypothesis. Its cases are all there are only if none failed; `failed` is told of each that did."""
        self._recording, self._failed = [], failed
        try:
            item.obj(**{name: item.funcargs[name] for name in _fixtures(item)})
            if self._recording:
                different = _without_repetitions(self._recording)
                self._kept[item.nodeid] = tuple(case for case, _ in different)
                for number, (_, heard) in enumerate(different):
                    self._listener.learn((item.nodeid, number), heard)
        finally:
            self._recording, self._failed = None, lambda error: None

    def of(self, item: pytest.Item) -> tuple[Case, ...]:
        """The cases of a test that was passed; empty where they could not be kept."""
        return self._kept.get(item.nodeid, ())

    def keep(self, item: pytest.Item, cases: Sequence[Case]) -> None:
        """The cases that an earlier run has kept of this test."""
        self._kept[item.nodeid] = tuple(cases)

    def replay(
        self, item: pytest.Function, cases: Sequence[Case] | None = None, *, only: Sequence[int] | None = None
    ) -> bool:
        """Whether all known cases of this test hold.

        cases  those that somebody else has recorded
        only   the numbers of the cases to try, in this order; None for all

        Raises what is no Exception: a student's code that hangs does so again, and must not be tried again.
        """
        known = self._kept[item.nodeid] if cases is None else cases
        try:
            for number in range(len(known)) if only is None else only:
                key = (item.nodeid, number)
                self._listener.begin(key)
                _try(item, known[number])
                self._listener.learn(key, self._listener.end())
        except Exception:  # whatever it is, hypothesis will meet it again
            return False
        return True

    def judge(self, item: pytest.Function, cases: Sequence[Case]) -> None:
        """Run a test on cases that were recorded. Raises what the smallest one that fails raises, which runs last."""
        failing: list[Case] = []
        unknown: NotRecorded | None = None
        for case in cases:
            try:
                _try(item, case)
            except UnsatisfiedAssumption:
                continue  # rejected, as hypothesis would
            except NotRecorded as e:
                unknown = e
            except Exception:
                failing.append(case)
        if failing:
            _try(item, min(failing, key=_size))
            raise Flaky("a case failed, and held when it was tried again")
        if unknown is not None:
            raise unknown

    # -- inside

    def _watched(self, test: Callable[..., None], fixtures: tuple[str, ...]) -> Callable[..., None]:
        @functools.wraps(test)
        def watched(**values: Any) -> None:
            case = self._copied({n: v for n, v in values.items() if n not in fixtures})
            if case is not None:
                self._listener.begin(None)
            try:
                test(**values)
            except UnsatisfiedAssumption:
                raise
            except Exception as e:
                self._failed(e)
                raise  # a case that is rejected or fails is not kept
            if case is not None and self._recording is not None:
                self._recording.append((case, self._listener.end()))

        return watched

    def _copied(self, case: Case) -> Case | None:
        """A copy from before the test could change it; None where the test draws as it goes: nothing is kept then."""
        if self._recording is None:
            return None
        if len(self._recording) >= MOST_CASES or any(isinstance(v, DataObject) for v in case.values()):
            self._recording = None
            return None
        return copy.deepcopy(case)


def _without_repetitions(recorded: list[tuple[Case, Any]]) -> list[tuple[Case, Any]]:
    """Hypothesis likes small cases so well that it makes some twice."""
    found: dict[bytes, tuple[Case, Any]] = {}
    for number, (case, heard) in enumerate(recorded):
        encoder = Encoder()
        try:
            text = to_json(encoder.encode(without_names(dict(case)))).encode() + encoder.body()
        except CodecError:  # no plain data: nobody can say whether it is equal to another
            text = f"case {number}".encode()
        found.setdefault(text, (case, heard))
    return list(found.values())


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    assert isinstance(item, pytest.Function)  # only functions are hypothesis tests
    return tuple(item._fixtureinfo.argnames)


def _try(item: pytest.Function, case: Case) -> None:
    test: Callable[..., None] = item.obj.hypothesis.inner_test
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisDeprecationWarning)  # `assume` misses its engine
        _seed()
        values = {name: with_names(value, item.module) for name, value in copy.deepcopy(case).items()}
        test(**{name: item.funcargs[name] for name in _fixtures(item)}, **values)


NAMED = "named tuple"


def without_names(value: Any) -> Any:
    """Named tuples as plain data, to be recorded."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (NAMED, type(value).__name__, [without_names(v) for v in value])
    if type(value) in (list, tuple):
        return type(value)(without_names(v) for v in value)
    return {k: without_names(v) for k, v in value.items()} if type(value) is dict else value


def with_names(value: Any, module: Any) -> Any:
    """The same back: a named tuple is one that the module of the check defines."""
    if type(value) is tuple and len(value) == 3 and type(value[0]) is str and value[0] == NAMED:
        return getattr(module, value[1])(*(with_names(v, module) for v in value[2]))
    if type(value) in (list, tuple):
        return type(value)(with_names(v, module) for v in value)
    return {k: with_names(v, module) for k, v in value.items()} if type(value) is dict else value


def _size(case: Case) -> int:
    """How much there is to read in a case."""
    encoder = Encoder()
    return len(json.dumps(encoder.encode(dict(case)))) + len(encoder.body())


def _seed() -> None:
    """As hypothesis does before each case."""
    random.seed(0)
    np.random.seed(0)
