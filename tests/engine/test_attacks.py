"""No attack of the corpus gets in, and the machine is as before. Runs only in a sandbox that was probed first."""

from __future__ import annotations

from collections import Counter

import attacks
import pytest
from attacks import LIMITS, Machine, changes, corpus, run, submission, targets
from conftest import submission as honest

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.probe import prove
from grader.scoring import score

pytestmark = pytest.mark.sandbox

FAMILIES = {"forge", "read", "socket", "connect", "kernel", "parent", "persist", "deny", "file", "report"}
RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.mean()\n"
HALF = "def total(x): return x.sum()\ndef mean(x): return x.sum()\n"
WRONG = "def total(x): return x.sum() + 1\n"


@pytest.fixture
def sandboxed(launcher: Launcher) -> Launcher:
    if prove(launcher).level < 3:
        reasons = ", ".join(f"{layer.name}: {layer.detail}" for layer in launcher.layers if not layer.active)
        pytest.skip(f"level 3 is not reached here, and attacks are never run without it: {reasons}")
    return launcher


def test_the_corpus_declares_what_it_tries() -> None:
    found = corpus()
    assert len(found) >= 60
    assert {a.path.stem.partition("_")[0] for a in found} >= FAMILIES
    assert {a.kind for a in found} == set(attacks._KINDS)
    twice = [tries for tries, n in Counter(a.tries for a in found).items() if n > 1]
    assert twice == []


def test_calls_get_nowhere(sandboxed: Launcher) -> None:
    before = Machine.now(sandboxed)
    opened = [r for r in run([a for a in corpus() if a.kind == "call"], sandboxed) if r.verdict != "closed"]
    assert opened == []
    assert changes(before, Machine.now(sandboxed)) == []


@pytest.mark.slow
def test_no_attack_is_open_and_the_machine_is_as_before(sandboxed: Launcher) -> None:
    before = Machine.now(sandboxed)
    opened = [r for r in run([a for a in corpus() if a.kind != "call"], sandboxed) if r.verdict != "closed"]
    assert opened == []
    assert changes(before, Machine.now(sandboxed)) == []


@pytest.mark.slow
def test_an_honest_class_gets_the_same_grades_among_attackers(sandboxed: Launcher, tiny: Course) -> None:
    class_ = {"ada": RIGHT, "bo": HALF, "cy": WRONG}
    with targets() as target:
        hostile = [
            submission(a, target, "total = mean = lambda x: attack()") for a in corpus() if a.kind == "denial"
        ]
        alone = grades(tiny, sandboxed, [honest(tiny, n, s01_sums=s) for n, s in class_.items()])
        mixed = []
        for number, (name, source) in enumerate(class_.items()):
            mixed += [honest(tiny, name, s01_sums=source), *hostile[number :: len(class_)]]
        among = grades(tiny, sandboxed, mixed)
    assert {name: among[name] for name in class_} == alone
    assert len(set(alone.values())) == 3


def grades(course: Course, launcher: Launcher, class_: list) -> dict[str, float]:  # type: ignore[type-arg]
    found: list[Examined] = []
    tasks = [worker_task(s, launcher, LIMITS) for s in class_]
    Examiner(course, exercises=frozenset({"1.1.1"})).examine(tasks, found.append)
    return {
        f.submission.name: score(
            course.rubric, f.submission, f.outcomes, exercises=frozenset({"1.1.1"})
        ).confirmed
        for f in found
    }
