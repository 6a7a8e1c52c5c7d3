"""The worker's loop: one request in, one reply out, until the other side hangs up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from grader.worker.codec import HEADER, Decoder, pack, parse_header, unpack_header
from grader.worker.execute import Executor, fault
from grader.worker.load import Submission
from grader.worker.scene import set_scene

READ_BYTES = 1 << 16


def serve(connection: socket.socket, executor: Executor, submission: Submission) -> None:
    """Answer requests until the connection closes."""
    requests = _Requests(connection)
    while (request := requests.next()) is not None:
        header, body = request
        executor.tell = _teller(connection, header.get("id"))
        reply, data = _answer(header, body, executor, submission)
        reply["id"] = header.get("id")
        try:
            message = pack(reply, data)
        except Exception as e:
            message = pack({**fault(e), "id": header.get("id")})
        connection.sendall(message)


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
