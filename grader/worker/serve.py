"""The worker's loop: one request in, one reply out, until the other side hangs up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from grader.worker.codec import HEADER, Decoder, pack, parse_header, unpack_header
from grader.worker.execute import Executor, fault
from grader.worker.load import Submission
from grader.worker.scene import set_scene


def serve(connection: socket.socket, executor: Executor, submission: Submission) -> None:
    """Answer requests until the connection closes."""
    while (frame := _receive(connection)) is not None:
        header, body = frame
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


def _receive(connection: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    prefix = _exactly(connection, HEADER.size)
    if prefix is None:
        return None
    header_size, body_size = unpack_header(prefix)
    header, body = _exactly(connection, header_size), _exactly(connection, body_size)
    return None if header is None or body is None else (parse_header(header), body)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(min(size - len(data), 1 << 20))
        if not chunk:
            return None
        data += chunk
    return bytes(data)
