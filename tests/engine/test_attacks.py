"""No attack of the corpus gets in, and the machine is as before. Runs only in a sandbox that was probed first."""

from __future__ import annotations

from collections import Counter

import attacks
import pytest
from attacks import LIMITS, Machine, changes, corpus, participant, run, targets
from conftest import submission as honest

from grader.course import Course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.launch import Launcher
from grader.probe import prove
from grader.scoring import score

pytestmark = pytest.mark.sandbox

FAMILIES = {
    "forge",
    "message",
    "read",
    "socket",
    "connect",
    "kernel",
    "parent",
    "persist",
    "deny",
    "file",
    "report",
}
CLASS = {
    "ada": "def total(x): return x.sum()\ndef mean(x): return x.mean()\n",
    "bo": "def total(x): return x.sum()\ndef mean(x): return x.sum()\n",
    "cy": "def total(x): return x.sum() + 1\n",
}


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
    class_ = [worker_task(honest(tiny, n, s01_sums=s), sandboxed, LIMITS) for n, s in CLASS.items()]
    with targets() as target:
        found = [participant(a, sandboxed, target) for a in corpus()]
        hostile = [task for task in found if task is not None]
        alone = grades(tiny, class_)
        mixed: list[Task] = []
        for number, task in enumerate(class_):
            mixed += [*hostile[number :: len(class_)], task]
        among = grades(tiny, mixed)
    assert {name: among[name] for name in CLASS} == alone
    assert len(set(alone.values())) == 3
    assert len(among) == len(mixed)


def grades(course: Course, tasks: list[Task]) -> dict[str, float]:
    found: list[Examined] = []
    chosen = frozenset({"1.1.1"})
    Examiner(course, exercises=chosen, shrink=False).examine(tasks, found.append)
    scores = {
        f.submission.name: score(course.rubric, f.submission, f.outcomes, exercises=chosen) for f in found
    }
    assert not any(s.grader_errors for s in scores.values())
    return {name: s.confirmed for name, s in scores.items()}
