"""Requests and replies as they travel: one at a time, or many that cannot answer one another in one message.

    a bundle    {"op": "all", "requests": [header, …], "sizes": [bytes of each body, …]}, and the bodies
    a parcel    {"sizes": [[bytes of a reply's header, of its body], …]}, and each reply's header and body

A bundle is answered by one parcel or, where that takes long, by several. A reply is, bit by bit, what it would be to the request
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from grader.errors import Died, StudentHalt
from grader.worker.codec import CodecError, parse_header, to_json


class Question(NamedTuple):
    """A request as it is sent, without its id."""

    header: bytes
    body: bytes

    @classmethod
    def of(cls, header: dict[str, Any], body: bytes = b"") -> Question:
        return cls(to_json(header).encode(), body)


@dataclass(frozen=True)
class RawReply:
    """A reply as it came, without its id: not decoded, and not trusted."""

    header: bytes
    body: bytes

    @classmethod
    def of(cls, reply: dict[str, Any], body: bytes) -> RawReply:
        return cls(to_json({k: v for k, v in reply.items() if k != "id"}).encode(), body)

    @cached_property
    def digest(self) -> bytes:
        return _digest((self.header, self.body))

    def parsed(self) -> tuple[dict[str, Any], bytes]:
        """Raises Died: who sends something else than an answer is not asked again."""
        try:
            return parse_header(self.header), self.body
        except CodecError as e:
            raise not_an_answer(e) from e


class Bundle:
    """Requests, none of which depends on the reply to another."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)

    @cached_property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(len(part) for question in self.questions for part in question)

    @cached_property
    def together(self) -> Question:
        """All of them as one request."""
        sizes = to_json([len(q.body) for q in self.questions]).encode()
        requests = b",".join(q.header for q in self.questions)
        header = b'{"op":"all","sizes":' + sizes + b',"requests":[' + requests + b"]}"
        return Question(header, b"".join(q.body for q in self.questions))


class Parcel(NamedTuple):
    """Replies to several requests, in their order: how long each one's header and body are, and all of them."""

    sizes: tuple[tuple[int, int], ...]
    data: bytes

    @classmethod
    def read(cls, header: dict[str, Any], data: bytes, most: int) -> Parcel:
        """One that came with at least one reply and at most `most`. Raises CodecError."""
        sizes = header.get("sizes")
        if not isinstance(sizes, list) or not 1 <= len(sizes) <= most:
            raise CodecError("a parcel of no answers, or of too many")
        for pair in sizes:
            if not isinstance(pair, list) or len(pair) != 2 or any(type(n) is not int or n < 0 for n in pair):
                raise CodecError("a parcel without its sizes")
        if sum(map(sum, sizes)) != len(data):
            raise CodecError("a parcel of another size than it says")
        return cls(tuple((of_header, of_body) for of_header, of_body in sizes), data)

    def replies(self) -> Iterator[RawReply]:
        at = 0
        for of_header, of_body in self.sizes:
            middle, end = at + of_header, at + of_header + of_body
            yield RawReply(self.data[at:middle], self.data[middle:end])
            at = end


class Replies:
    """What was replied to a bundle, in its order, up to where the subject was lost.

    halt   how it was lost; None where every request was answered
    exact  whether it was lost at the request after the last reply; else it was at that or at a later one
    """

    def __init__(
        self, parcels: Iterable[Parcel], halt: StudentHalt | None = None, *, exact: bool = False
    ) -> None:
        self._parcels = tuple(parcels)
        self.halt, self.exact = halt, exact

    @classmethod
    def of(cls, replies: Iterable[RawReply], halt: StudentHalt | None = None) -> Replies:
        """Replies that came one by one."""
        alone = [Parcel(((len(r.header), len(r.body)),), r.header + r.body) for r in replies]
        return cls(alone, halt, exact=True)

    @cached_property
    def digest(self) -> bytes:
        """Of all of them together."""
        sizes = repr([size for p in self._parcels for size in p.sizes]).encode()
        return _digest([sizes, *(p.data for p in self._parcels)])

    def each(self) -> list[RawReply]:
        return [reply for parcel in self._parcels for reply in parcel.replies()]


def not_an_answer(error: CodecError) -> Died:
    return Died(f"the process sent something that is not an answer ({error})")


def _digest(parts: Iterable[bytes]) -> bytes:
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(part)
    return found.digest()
