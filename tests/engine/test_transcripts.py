"""What earlier submissions and earlier runs taught: fewer questions, the same outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import submission
from hypothesis import settings

from grader.cases import Cases
from grader.course import Course
from grader.dialogue import Worker, WorkerLimits
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import Died, TimedOut
from grader.known import Known, KnownChecks
from grader.launch import Launcher
from grader.model import Outcome, Status
from grader.questions import Bundle, Question, Replies
from grader.subject import LocalSubject
from grader.transcripts import NotingSubject, Transcripts

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
ALSO_RIGHT = "def total(x): return x.double().sum()\ndef mean(x): return x.double().mean()\n"
HANGS_AT_LAST = (
    "n = 0\ndef total(x):\n    while len(x) == 3: pass\n    return x.sum()\ndef mean(x): return x.mean()\n"
)


def question(name: str, *args: Any) -> dict[str, Any]:
    target = {"name": name, "module": "m", "exercise": None}
    return {"op": "call", "target": target, "args": list(args), "kwargs": {"t": "dict", "v": []}, "seed": 1}


class Counting(LocalSubject):
    """Notes which functions are called, and with what."""

    def __init__(self, **functions: Any) -> None:
        super().__init__({"m": functions})
        self.asked: list[tuple[str, list[Any]]] = []

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        self.asked.append((header["target"]["name"], header["args"]))
        return super().ask(header, body)


def conversation(subject: LocalSubject, *names: str) -> list[tuple[Question, bytes]]:
    """Ask one function after the other, each with what the one before returned."""
    noting = NotingSubject(subject)
    noting.begin_case([])
    value: Any = 3
    for name in names:
        value = noting.ask(question(name, value), b"")[0].get("value")
    talk = noting.end_case()
    assert talk is not None
    return talk


# ---------------------------------------------------------------- conversations


def test_the_same_answers_settle_a_case() -> None:
    known = Transcripts()
    known.learn(("t", 0), conversation(Counting(f=lambda x: x + 1, g=lambda x: x * 2), "f", "g"))
    alike = Counting(f=lambda x: 1 + x, g=lambda x: x + x)
    assert known.follow(alike, [("t", 0)]) == {}
    assert alike.asked == [("f", [3]), ("g", [4])]


def test_another_answer_leaves_the_case_open_with_what_was_heard() -> None:
    known = Transcripts()
    known.learn(("t", 0), conversation(Counting(f=lambda x: x + 1, g=lambda x: x), "f", "g"))
    open_ = known.follow(Counting(f=lambda x: 7, g=lambda x: x), [("t", 0), ("t", 1)])
    assert list(open_) == [("t", 1), ("t", 0)]
    assert open_["t", 1] == []  # nobody knows this one
    assert [q for q, _ in open_["t", 0]] == [Question.of(question("f", 3)), Question.of(question("g", 4))]


def test_a_later_question_waits_for_the_earlier_answers_of_its_case() -> None:
    """It may hold the right answer to the earlier one, and the student's code could read it."""
    known = Transcripts()
    for number, start in enumerate((3, 10)):
        noting = NotingSubject(LocalSubject({"m": {"f": lambda x: x + 1, "g": lambda x: x}}))
        noting.begin_case([])
        noting.ask(question("f", start), b"")
        noting.ask(question("g", start + 1), b"")
        known.learn(("t", number), noting.end_case())
    sent: list[Sequence[Question]] = []

    class Watching(LocalSubject):
        def ask_all(self, bundle: Bundle) -> Replies:
            sent.append(bundle.questions)
            return super().ask_all(bundle)

    assert known.follow(Watching({"m": {"f": lambda x: x + 1, "g": lambda x: x}}), [("t", 0), ("t", 1)]) == {}
    assert [[b'"name":"f"' in q.header for q in level] for level in sent] == [[True, True], [False, False]]


def test_a_repeated_question_is_asked_again() -> None:
    """Whether a function is pure can only be seen by calling it twice."""
    known = Transcripts()
    noting = NotingSubject(LocalSubject({"m": {"f": lambda x: x}}))
    noting.begin_case([])
    noting.ask(question("f", 3), b"")
    noting.ask(question("f", 3), b"")
    known.learn(("t", 0), noting.end_case())
    counts = iter((3, 4))
    assert known.follow(LocalSubject({"m": {"f": lambda x: next(counts)}}), [("t", 0)])


def test_conversations_about_objects_are_not_learned() -> None:
    known = Transcripts()
    noting = NotingSubject(LocalSubject({"m": {"f": lambda x: object()}}))
    noting.begin_case([])
    noting.ask(question("f", 3), b"")
    known.learn(("t", 0), noting.end_case())
    assert not known.knows(("t", 0))


@pytest.mark.parametrize("halt", [TimedOut("too long"), Died("gone")])
def test_where_the_subject_was_lost_comes_first(halt: BaseException) -> None:
    known = Transcripts()
    for number in range(3):
        noting = NotingSubject(LocalSubject({"m": {"f": lambda x: x}}))
        noting.begin_case([])
        noting.ask(question("f", number), b"")
        known.learn(("t", number), noting.end_case())

    class Lost(LocalSubject):
        def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
            if header["args"] == [1]:
                raise halt
            return super().ask(header, body)

    open_ = known.follow(Lost({"m": {"f": lambda x: x}}), [("t", n) for n in range(3)])
    assert list(open_) == [("t", 1), ("t", 2)]
    assert open_["t", 1][-1][1] is halt
    noting = NotingSubject(LocalSubject({}))
    noting.begin_case(open_["t", 1])
    with pytest.raises(type(halt)):
        noting.ask(question("f", 1), b"")


# ---------------------------------------------------------------- in a worker


class Asked:
    """Notes the messages that go to workers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[Question] = []
        whole = Worker.send

        def noting(worker: Worker, question: Question) -> str:
            self.messages.append(question)
            return whole(worker, question)

        monkeypatch.setattr(Worker, "send", noting)

    def take(self) -> list[Question]:
        found, self.messages = self.messages, []
        return found


def examine(
    course: Course, launcher: Launcher, *sources: str, known: KnownChecks | None = None
) -> list[tuple[Outcome, ...]]:
    found: list[tuple[Outcome, ...]] = []

    def done(examined: Examined) -> None:
        found.append(tuple(replace(o, seconds=0) for o in examined.outcomes))

    tasks: list[Task] = [
        worker_task(submission(course, f"s{i}", s01_sums=s), launcher, WorkerLimits(call_seconds=1))
        for i, s in enumerate(sources)
    ]
    Examiner(course, known=known).examine(tasks, done)
    return found


def test_a_class_is_asked_in_bundles(
    tiny: Course, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who answers as somebody did before is asked a bundle a check; who answers otherwise, hardly more."""
    asked = Asked(monkeypatch)
    (first,) = examine(tiny, launcher, RIGHT)
    alone = len(asked.take())
    outcomes = examine(tiny, launcher, RIGHT, RIGHT, ALSO_RIGHT)
    bundles = len(asked.take())
    assert outcomes == [first] * 3
    assert bundles < 1.5 * alone


def test_a_hanging_case_is_found_in_a_bundle(tiny: Course, launcher: Launcher) -> None:
    (alone,) = examine(tiny, launcher, HANGS_AT_LAST)
    _, after = examine(tiny, launcher, RIGHT, HANGS_AT_LAST)
    found = [(o.check, o.status, o.counterexample) for o in after]
    assert found == [
        (o.check, o.status, o.counterexample) for o in alone
    ]  # which limit is met first may differ
    assert Status.TIMED_OUT in {o.status for o in after}


# ---------------------------------------------------------------- on disk


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def frames(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.frame"))


def test_another_run_knows_the_cases(
    tiny: Course, launcher: Launcher, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = examine(tiny, launcher, RIGHT, known=KnownChecks(tiny))
    assert [p.name.rpartition("-")[0] for p in frames(cache)] == [
        "mean_of_a_vector", "total_leaves_its_input_alone", "total_of_a_vector", "total_of_nothing",
    ]  # fmt: skip
    monkeypatch.setattr(Cases, "record", lambda *a: pytest.fail("generated again"))
    assert examine(tiny, launcher, RIGHT, known=KnownChecks(tiny)) == [first]


def test_wrong_code_is_found_by_known_cases(tiny: Course, launcher: Launcher, cache: Path) -> None:
    wrong = "def total(x): return x[1:].sum()\ndef mean(x): return x.mean()\n"
    (alone,) = examine(tiny, launcher, wrong)
    examine(tiny, launcher, RIGHT, known=KnownChecks(tiny))
    assert examine(tiny, launcher, wrong, known=KnownChecks(tiny)) == [alone]


def test_a_changed_reference_knows_nothing(
    tmp_path: Path, tiny: Course, launcher: Launcher, cache: Path
) -> None:
    import shutil

    root = Path(shutil.copytree(tiny.root, tmp_path / "course"))
    known = KnownChecks(Course(root))
    examine(Course(root), launcher, RIGHT, known=known)
    assert known.load("total_of_a_vector", "d2l") is not None
    assert known.load("total_of_a_vector", "another secret") is None
    with (root / "reference" / "s01_sums.py").open("a") as file:
        file.write("\n# another\n")
    assert KnownChecks(Course(root)).load("total_of_a_vector", "d2l") is None


@pytest.mark.parametrize("rubbish", [b"", b"\xff" * 40, None])
def test_a_broken_frame_costs_nothing(
    rubbish: bytes | None, tiny: Course, launcher: Launcher, cache: Path
) -> None:
    (first,) = examine(tiny, launcher, RIGHT, known=KnownChecks(tiny))
    for path in frames(cache):
        path.write_bytes(path.read_bytes()[:-3] if rubbish is None else rubbish)
    assert examine(tiny, launcher, RIGHT, known=KnownChecks(tiny)) == [first]


def test_nothing_is_kept_where_nothing_can_be_written(
    tiny: Course, launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (outcomes,) = examine(tiny, launcher, RIGHT, known=KnownChecks(tiny))
    assert {o.status for o in outcomes} >= {Status.PASSED}


def test_there_and_back() -> None:
    talk = [(Question(b'{"op":"call"}', b"\0\1"), bytes(16))]
    known = Known({"test_x": ({"x": (1, [2.5])},)}, {"test_x": (talk, None)})
    assert Known.from_bytes(known.to_bytes()) == known


def test_few_enough_cases_for_a_class() -> None:
    """Twice as many find no mistake more, among all small ones of 13.3, 13.4, 13.5 and 13.10 (docs/proof.md)."""
    assert settings.get_profile("grade").max_examples == 15
