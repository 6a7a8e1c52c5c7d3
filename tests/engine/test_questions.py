"""Many questions in one message: each reply is what it would be alone, and a lost worker is told from a slow one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.dialogue import WorkerLimits
from grader.errors import Died, StudentHalt, TimedOut
from grader.host import WorkerSubject
from grader.launch import Launcher
from grader.model import Cell, Submission, Unit
from grader.questions import Bundle, Parcel, Question, RawReply, Replies
from grader.worker.codec import CodecError

SOURCE = """
import os, time
import torch
def double(x): return 2 * x
def slow(x): time.sleep(0.03); return x
def large(x): return bytes(600_000)
def too_large(x): return torch.zeros(1).expand(1 << 28)
def ends(x): os._exit(3)
def hangs(x):
    while True: pass
"""


def asking(name: str, x: Any = 1) -> Question:
    target = {"name": name, "module": "a", "exercise": None}
    request = {"op": "call", "target": target, "args": [x], "kwargs": {"t": "dict", "v": []}, "seed": 1}
    return Question.of(request)


@pytest.fixture
def subject(launcher: Launcher) -> Any:
    made = Submission("s", (Unit("a", "a.py", (Cell("a.py", SOURCE),)),))
    subject = WorkerSubject(made, launcher, WorkerLimits(call_seconds=1.0))
    subject.begin_check(60)
    yield subject
    subject.close()


def alone(subject: WorkerSubject, question: Question) -> RawReply:
    return subject.ask_all(Bundle([question])).each()[0]


@pytest.mark.parametrize("name", ["double", "slow", "large", "too_large", "no_such_name"])
def test_a_reply_is_what_it_would_be_alone(subject: WorkerSubject, name: str) -> None:
    """Also where there are more than one message holds, or where they come one after the other."""
    questions = [asking(n, x) for x in range(3) for n in ("double", name)]
    together = subject.ask_all(Bundle(questions))
    assert together.halt is None
    assert together.each() == [alone(subject, q) for q in questions]
    subject._asks_singly = True
    assert subject.ask_all(Bundle(questions)).each() == together.each()


def test_the_digest_is_that_of_the_replies_however_they_came(subject: WorkerSubject) -> None:
    bundle = Bundle([asking("double", x) for x in range(3)])
    together, again = subject.ask_all(bundle), subject.ask_all(bundle)
    assert together.digest == again.digest == Replies.of(together.each()).digest
    assert together.digest != subject.ask_all(Bundle(bundle.questions[:2])).digest


@pytest.mark.parametrize(("name", "halt"), [("ends", Died), ("hangs", TimedOut)])
def test_who_was_lost_over_a_bundle_is_asked_one_by_one(
    subject: WorkerSubject, name: str, halt: type[StudentHalt]
) -> None:
    bundle = Bundle([asking("double"), asking(name), asking("double", 2)])
    first = subject.ask_all(bundle)
    assert isinstance(first.halt, halt)
    assert not first.exact
    second = subject.ask_all(bundle)
    assert isinstance(second.halt, halt)
    assert second.exact
    assert second.each() == [alone(subject, asking("double"))]


def test_a_slow_function_does_not_hang(subject: WorkerSubject) -> None:
    """Each reply is in time, and all of them together take longer than one may."""
    replies = subject.ask_all(Bundle([asking("slow", x) for x in range(40)]))
    assert replies.halt is None
    assert len(replies.each()) == 40


# ---------------------------------------------------------------- what a hostile process may send


LIAR = """
import json, struct, sys
def lies(x):
    def lie(header, body=b""):
        sizes, data = {lie}
        text = json.dumps({{"sizes": sizes, "id": json.loads(header)["id"]}}, separators=(",", ":")).encode()
        return struct.pack("!IQ", len(text), len(data)) + text + data
    sys.modules["grader.worker.serve"].pack_text = lie
"""


@pytest.mark.parametrize(
    "lie",
    [
        '[[2, 0]] * 1000, b"{}" * 1000',
        '[], b""',
        '[[1 << 62, 0], [-(1 << 62), 0]], b""',
        '[[2, 0]], b"{}{}"',
        '[[True, 0.5]], b""',
        '"sizes", b"{}"',
    ],
    ids=["more than asked", "none", "sizes that cancel", "more bytes than said", "no numbers", "no list"],
)
def test_a_parcel_that_lies_is_no_answer(launcher: Launcher, lie: str) -> None:
    made = Submission("s", (Unit("a", "a.py", (Cell("a.py", SOURCE + LIAR.format(lie=lie)),)),))
    subject = WorkerSubject(made, launcher)
    subject.begin_check(60)
    found = subject.ask_all(Bundle([asking("lies"), asking("double")]))
    assert isinstance(found.halt, Died)
    assert "not an answer" in str(found.halt)
    assert found.each() == []
    assert alone(subject, asking("double")).parsed()[0]["value"] == 2, "the next worker is a new one"
    subject.close()


sizes = st.lists(
    st.lists(st.integers(-3, 40) | st.booleans() | st.floats() | st.none(), max_size=3), max_size=4
)


@given(
    st.dictionaries(st.just("sizes"), sizes | st.text() | st.integers() | st.none()), st.binary(max_size=60)
)
def test_a_parcel_is_read_whole_or_refused(header: dict[str, Any], data: bytes) -> None:
    try:
        parcel = Parcel.read(header, data, 3)
    except CodecError:
        return
    replies = list(parcel.replies())
    assert 1 <= len(replies) <= 3
    assert b"".join(part for r in replies for part in (r.header, r.body)) == data


def test_a_parcel_of_what_was_asked() -> None:
    parcel = Parcel.read({"sizes": [[2, 1], [0, 3]]}, b"{}abcd", 2)
    assert list(parcel.replies()) == [RawReply(b"{}", b"a"), RawReply(b"", b"bcd")]
