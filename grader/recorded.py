"""What a check needs of a reference that is not there: its seed, the generated cases, and the reference's answers.

    tests/exercises/sealed/<check>.frame = one frame of grader.worker.codec

`Tape` takes them down while the reference itself is examined; `RecordedSubject` answers from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.cases import Case, without_names
from grader.errors import CourseError, NotRecorded
from grader.subject import Subject
from grader.worker.codec import CodecError, Decoder, Encoder, pack, unpack

FORMAT = 1
PLAIN = ("call", "which", "signature")
"""requests whose answers depend on nothing but the question, as long as no object is involved"""

Reply = tuple[dict[str, Any], bytes]


def question(header: Mapping[str, Any], body: bytes) -> str:
    """The key of a request: equal requests get equal answers."""
    text = json.dumps({k: v for k, v in header.items() if k != "early"})
    return hashlib.blake2b(body, key=hashlib.blake2b(text.encode()).digest(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Recorded:
    """What a check was asked with and what the reference said.

    seed     of its calls
    cases    name of a test → its generated inputs, in their order; a parametrised check has several tests
    answers  question → the reference's reply
    """

    seed: int
    cases: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    answers: Mapping[str, Reply] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Raises CodecError for cases that hold more than plain data."""
        encoder = Encoder()
        cases = {
            n: [encoder.encode(without_names(dict(c))) for c in found] for n, found in self.cases.items()
        }
        chunks = [encoder.body()]
        answers = []
        for key, (header, body) in self.answers.items():
            answers.append([key, header, len(body)])
            chunks.append(body)
        header = {
            "format": FORMAT,
            "seed": self.seed,
            "cases": cases,
            "size": len(chunks[0]),
            "answers": answers,
        }
        return pack(header, b"".join(chunks))

    @classmethod
    def from_bytes(cls, data: bytes) -> Recorded:
        """Raises CodecError for anything that `to_bytes` did not write."""
        try:
            header, body = unpack(data)
            if header["format"] != FORMAT:
                raise CodecError("another form")
            at, answers = int(header["size"]), {}
            decoder = Decoder(body[:at])
            cases = {str(n): tuple(map(decoder.decode, trees)) for n, trees in header["cases"].items()}
            for key, reply, size in header["answers"]:
                answers[str(key)] = (dict(reply), bytes(body[at : at + size]))
                at += size
            return cls(int(header["seed"]), cases, answers)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise CodecError(f"not a recording ({e})") from e


class Recordings:
    """The frames of a sealed course."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Recorded] = {}

    def of(self, check: str) -> Recorded:
        """Raises CourseError when a check has none, or one that cannot be read."""
        if check not in self._read:
            path = self._folder / f"{check}.frame"
            try:
                self._read[check] = Recorded.from_bytes(path.read_bytes())
            except (OSError, CodecError) as e:
                raise CourseError(f"{path}: cannot be read ({e}); get the sealed course again") from e
        return self._read[check]


class Tape:
    """Takes down, check by check, what the reference is asked and what it says."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Reply]] = {}
        self.cases: dict[str, dict[str, tuple[Case, ...]]] = {}
        self.refused: dict[str, str] = {}
        """check → why its answers cannot stand for the reference"""
        self._check = ""

    def begin(self, check: str) -> None:
        self._check = check
        self.answers.setdefault(check, {})
        self.cases.setdefault(check, {})

    def generated(self, test: str, cases: tuple[Case, ...]) -> None:
        """The cases of one test; none where it draws as it goes."""
        if cases:
            self.cases[self._check][test] = cases
        else:
            self.refused[self._check] = "its cases are drawn as it goes"

    def answer(self, header: dict[str, Any], body: bytes, reply: Reply) -> None:
        if header["op"] == "release":
            return
        if not is_plain(header) or '"handle"' in json.dumps(reply[0]):
            self.refused[self._check] = "it works with objects of the reference's"
            return
        self.answers[self._check][question(header, body)] = reply


def is_plain(header: dict[str, Any]) -> bool:
    """Whether the same question always has the same answer."""
    text = json.dumps(header)
    return header["op"] in PLAIN and '"handle"' not in text and '"support"' not in text


class RecordedSubject(Subject):
    """The reference of a sealed course."""

    def __init__(self) -> None:
        self._answers: Mapping[str, Reply] = {}

    def answer_from(self, recorded: Recorded) -> None:
        self._answers = recorded.answers

    def ask(self, header: dict[str, Any], body: bytes) -> Reply:
        """Raises NotRecorded for what nobody has asked the reference."""
        found = self._answers.get(question(header, body))
        if found is None:
            raise NotRecorded(
                "this depends on the reference, which a sealed course has not: your instructor's run decides"
            )
        return found

    def begin_check(self, seconds: float) -> None:
        """Nothing is kept from one check to the next."""

    def close(self) -> None:
        """Nothing runs."""
