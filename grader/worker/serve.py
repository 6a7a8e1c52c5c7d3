"""The worker's loop: one request in, one reply out, until the other side hangs up."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from grader.worker.codec import (
    HEADER,
    Decoder,
    check_size,
    pack,
    pack_text,
    parse_header,
    to_json,
    unpack_header,
)
from grader.worker.execute import Executor, fault
from grader.worker.load import Submission
from grader.worker.scene import set_scene

READ_BYTES = 1 << 16
PARCEL_BYTES = 1 << 20
PARCEL_SECONDS = 0.02


def serve(connection: socket.socket, executor: Executor, submission: Submission) -> None:
    """Answer requests until the connection closes."""
    requests = _Requests(connection)
    while (request := requests.next()) is not None:
        header, body = request
        executor.tell = _teller(connection, header["id"])
        if header["op"] == "all":
            _answer_all(header, body, executor, connection)
        else:
            text, data = _as_sent(*_answer(header, body, executor, submission))
            connection.sendall(_with_id(text, data, header["id"]))


def _answer_all(header: dict[str, Any], body: bytes, executor: Executor, connection: socket.socket) -> None:
    """Answer requests in their order. Replies wait for each other, but not for long: somebody looks at the clock."""
    parcel = _Parcel()
    at = 0
    for request, size in zip(header["requests"], header["sizes"], strict=True):
        if parcel.is_due():
            connection.sendall(parcel.packed(header["id"]))
            parcel = _Parcel()
        parcel.add(*_as_sent(*executor.handle(request, body[at : at + size])))
        at += size
    connection.sendall(parcel.packed(header["id"]))


class _Parcel:
    """Replies that are sent together."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._sizes: list[tuple[int, int]] = []
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, text: bytes, data: bytes) -> None:
        self._sizes.append((len(text), len(data)))
        self._parts += text, data
        self._size += len(text) + len(data)

    def is_due(self) -> bool:
        return self._size > PARCEL_BYTES or (
            self._size > 0 and time.monotonic() - self._began > PARCEL_SECONDS
        )

    def packed(self, id: str) -> bytes:
        return _with_id(to_json({"sizes": self._sizes}).encode(), b"".join(self._parts), id)


def _as_sent(reply: dict[str, Any], data: bytes) -> tuple[bytes, bytes]:
    """The text and the bytes of a reply; a value that is too large to send is a fault."""
    try:
        text = to_json(reply).encode()
        check_size(text, data)
    except Exception as e:
        return to_json(fault(e)).encode(), b""
    return text, data


def _with_id(text: bytes, data: bytes, id: str) -> bytes:
    """A frame, with the id of the request at the end of its header."""
    return pack_text(text[:-1] + b',"id":' + to_json(id).encode() + b"}", data)


def _teller(connection: socket.socket, id: Any) -> Callable[[int, int], None]:
    """A note before the reply: so many steps of so many are done."""
    return lambda done, total: connection.sendall(pack({"id": id, "note": [int(done), int(total)]}))


def serve_submission(connection: socket.socket) -> None:
    """Serve a submission that will arrive over the connection."""
    submission = Submission()
    serve(connection, Executor(submission.namespaces, submission.answers), submission)


def _answer(
    header: dict[str, Any], body: bytes, executor: Executor, submission: Submission
) -> tuple[dict[str, Any], bytes]:
    if header["op"] == "open":
        return {"value": submission.open(header["units"])}, b""
    if header["op"] == "scene":
        return _set_scene(header, body), b""
    if header["op"] == "run":
        return dict(submission.run(header["module"], header["cell"])), b""
    return executor.handle(header, body)


def _set_scene(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    try:
        set_scene(Decoder(body).decode(header["files"]), header["source"])
    except Exception as e:  # the other side says whose fault it is
        return fault(e)
    return {"value": None}


class _Requests:
    """Frames as they come in; what is there already is read in one go."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read, self._at = b"", 0

    def next(self) -> tuple[dict[str, Any], bytes] | None:
        """The next one; None when the other side has hung up."""
        prefix = self._take(HEADER.size)
        if prefix is None:
            return None
        header_size, body_size = unpack_header(prefix)
        header, body = self._take(header_size), self._take(body_size)
        return None if header is None or body is None else (parse_header(header), body)

    def _take(self, size: int) -> bytes | None:
        end = self._at + size
        if end > len(self._read):
            parts, missing = [self._read[self._at :]], end - len(self._read)
            while missing > 0:
                parts.append(self._connection.recv(max(READ_BYTES, min(missing, 1 << 20))))
                if not parts[-1]:
                    return None
                missing -= len(parts[-1])
            self._read, self._at, end = b"".join(parts), 0, size
        taken, self._at = self._read[self._at : end], end
        return taken
