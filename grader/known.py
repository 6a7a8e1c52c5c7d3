"""What is known of a check from earlier runs, on disk: its generated cases, and a conversation in which each of them held.

    <the user's cache>/d2l-vision-grader/known/<secret and surroundings>/<check>-<check and reference>.frame

A frame holds nothing that a run could not make again. It is read only for the very check, reference, secret and versions that
made it, and one that cannot be read or written costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import platformdirs

from grader.cases import Case, without_names
from grader.course import Course
from grader.errors import UsageError
from grader.files import write_bytes
from grader.fingerprint import CourseFingerprint, digest, surroundings
from grader.questions import Question
from grader.transcripts import Talk
from grader.worker.codec import CodecError, Decoder, Encoder, pack, unpack

FORMAT = 1
KEPT_DAYS = 30
MOST_BYTES = 64 << 20
"""of one check; what is larger is made again"""


@dataclass(frozen=True)
class Known:
    """Of one check, by the name of its test (a parametrised check has several).

    cases  the generated inputs; a test that generates none has none
    talks  a conversation for each case, or for the test as a whole; None where it is about objects
    """

    cases: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    talks: Mapping[str, tuple[Talk | None, ...]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Raises CodecError for cases that hold more than plain data."""
        encoder = Encoder()
        cases = {
            n: [encoder.encode(without_names(dict(c))) for c in found] for n, found in self.cases.items()
        }
        chunks, talks = [encoder.body()], {}
        for name, turns in self.talks.items():
            talks[name] = [[[len(q.header), len(q.body), a.hex()] for q, a in talk or ()] for talk in turns]
            chunks += [part for talk in turns for q, _ in talk or () for part in q]
        header = {"format": FORMAT, "cases": cases, "size": len(chunks[0]), "talks": talks}
        return pack(header, b"".join(chunks))

    @classmethod
    def from_bytes(cls, data: bytes) -> Known:
        """Raises CodecError for anything that `to_bytes` did not write."""
        try:
            header, body = unpack(data)
            if header["format"] != FORMAT:
                raise CodecError("another form")
            decoder = Decoder(body[: header["size"]])
            cases = {n: tuple(map(decoder.decode, trees)) for n, trees in header["cases"].items()}
            at, talks = int(header["size"]), {}
            for name, found in header["talks"].items():
                read: list[Talk | None] = []
                for turns in found:
                    talk: Talk = []
                    for of_header, of_body, answer in turns:
                        middle, end = at + of_header, at + of_header + of_body
                        question = Question(bytes(body[at:middle]), bytes(body[middle:end]))
                        talk.append((question, bytes.fromhex(answer)))
                        at = end
                    read.append(talk or None)
                talks[name] = tuple(read)
            return cls(cases, talks)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise CodecError(f"not what is known of a check ({e})") from e


class KnownChecks:
    """The frames of one course."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._folders: dict[str, Path] = {}

    def load(self, check: str, secret: str) -> Known | None:
        """What is known; None for nothing."""
        path = self._path(check, secret)
        try:
            return Known.from_bytes(path.read_bytes()) if path is not None else None
        except (OSError, CodecError):
            return None

    def save(self, check: str, secret: str, known: Known) -> None:
        """Keep it instead of what is known of an older state of this check."""
        path = self._path(check, secret)
        if path is None:
            return
        with contextlib.suppress(OSError, CodecError, UsageError):
            data = known.to_bytes()
            if len(data) > MOST_BYTES:
                return
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_bytes(path, data, durable=False)
            for older in path.parent.glob(f"{check}-*.frame"):
                if older != path:
                    older.unlink(missing_ok=True)

    @cached_property
    def _fingerprint(self) -> CourseFingerprint:
        return CourseFingerprint(self._course)

    def _path(self, check: str, secret: str) -> Path | None:
        place = self._course.rubric.check_places.get(check)
        if place is None or self._course.sealed is not None:
            return None
        section, exercise, *_ = place
        return self._folder(secret) / f"{check}-{self._fingerprint.exercise(section, exercise)[:32]}.frame"

    def _folder(self, secret: str) -> Path:
        """The folder for a secret, in these surroundings; it is young as long as it is used."""
        if secret not in self._folders:
            above = platformdirs.user_cache_path("d2l-vision-grader") / "known"
            folder = above / digest(FORMAT, self._course.rubric.course.id, secret, surroundings("cpu"))[:32]
            with contextlib.suppress(OSError):
                os.utime(folder)
            _remove_old(above)
            self._folders[secret] = folder
        return self._folders[secret]


def _remove_old(above: Path) -> None:
    with contextlib.suppress(OSError):
        for folder in above.iterdir():
            if time.time() - folder.stat().st_mtime > KEPT_DAYS * 86400:
                shutil.rmtree(folder, ignore_errors=True)
