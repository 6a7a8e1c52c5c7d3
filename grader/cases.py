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
from grader.worker.codec import Encoder

MOST_CASES = 200

Case = Mapping[str, Any]
"""name of a parameter → generated value"""


class Cases:
    """The cases of every check that somebody has passed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Case, ...]] = {}
        self._recording: list[Case] | None = None

    def watch(self, item: pytest.Item) -> None:
        """See every case that hypothesis gives to this test."""
        function: Any = getattr(item, "obj", None)
        if is_hypothesis_test(function) and not hasattr(function, "_grade_watched"):
            function._grade_watched = True
            function.hypothesis.inner_test = self._watched(function.hypothesis.inner_test, _fixtures(item))

    def forget(self) -> None:
        """The seeds have changed: what was kept belongs to the old ones."""
        self._kept.clear()

    def knows(self, item: pytest.Item) -> bool:
        return item.nodeid in self._kept

    def record(self, item: pytest.Function) -> None:
        """Run a test under hypothesis. Its cases are all there are only if none failed."""
        self._recording = []
        try:
            item.obj(**{name: item.funcargs[name] for name in _fixtures(item)})
            if self._recording:
                self._kept[item.nodeid] = tuple(self._recording)
        finally:
            self._recording = None

    def of(self, item: pytest.Function) -> tuple[Case, ...]:
        """The cases of a test that was passed; empty where they could not be kept."""
        return self._kept.get(item.nodeid, ())

    def replay(self, item: pytest.Function, cases: Sequence[Case] | None = None) -> bool:
        """Whether all known cases of this test hold; `cases` are those that somebody else has recorded.

        Raises what is no Exception: a student's code that hangs does so again, and must not be tried again.
        """
        try:
            for case in self._kept[item.nodeid] if cases is None else cases:
                _try(item, case)
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
            test(**values)  # a case that is rejected or fails is not kept
            if case is not None and self._recording is not None:
                self._recording.append(case)

        return watched

    def _copied(self, case: Case) -> Case | None:
        """A copy from before the test could change it; None where the test draws as it goes: nothing is kept then."""
        if self._recording is None:
            return None
        if len(self._recording) >= MOST_CASES or any(isinstance(v, DataObject) for v in case.values()):
            self._recording = None
            return None
        return copy.deepcopy(case)


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
