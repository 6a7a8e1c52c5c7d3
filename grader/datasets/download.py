"""One file over HTTP into one file on disk. A connection that breaks is taken up where it broke.

What was received lies in the file that the caller names; a later call goes on from there.
"""

from __future__ import annotations

import errno
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from grader.errors import UsageError

BUSY = frozenset({408, 425, 429})

Heard = Callable[[int, int | None], None]
"""is told how far it is: (bytes there, bytes in all or None where the server does not say)"""


@dataclass(frozen=True)
class Patience:
    """
    tries    attempts in a row that bring nothing
    pause    seconds before the second attempt; they double with each
    connect  seconds until a connection stands
    read     seconds without a byte
    most     attempts in all: a server that sends a byte a connection ends at some time
    """

    tries: int = 4
    pause: float = 0.5
    connect: float = 15.0
    read: float = 30.0
    most: int = 200


class Unreachable(UsageError):
    """The server does not give the file out; another address may."""


class _Broken(Exception):
    """This attempt has ended early; another may go on."""


def download(url: str, into: Path, heard: Heard, *, size: int | None = None, patience: Patience) -> None:
    """Fetch `url` into the file `into`, going on after what is in it already.

    size  bytes that are expected, where they are known: a connection that ends before them has broken

    Raises Unreachable, and UsageError when there is no room.
    """
    timeout = httpx.Timeout(patience.read, connect=patience.connect)
    idle = 0
    with httpx.Client(
        follow_redirects=True, timeout=timeout, headers={"Accept-Encoding": "identity"}
    ) as client:
        for _ in range(patience.most):
            before = size_of(into)
            try:
                _attempt(client, url, into, heard, size)
                return
            except (httpx.TransportError, _Broken) as e:
                idle = idle + 1 if size_of(into) <= before else 0
                problem = str(e) or type(e).__name__
            except httpx.HTTPError as e:  # too many redirects
                raise Unreachable(f"{url}: {e}") from e
            except httpx.InvalidURL as e:
                raise Unreachable(f"{url}: not an address ({e})") from e
            if idle >= patience.tries:
                break
            time.sleep(patience.pause * 2 ** max(0, idle - 1))
    kept = size_of(into)
    stays = f"; {kept / 1e6:.1f} MB are kept, the same command goes on from there" if kept else ""
    raise Unreachable(f"{url}: {problem}{stays}")


def size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _attempt(client: httpx.Client, url: str, into: Path, heard: Heard, size: int | None) -> None:
    have = size_of(into)
    if size is not None and have > size:
        into.unlink()
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            if _total(response) == have:
                return
            into.unlink()
            raise _Broken("what was there does not fit")
        if response.is_server_error or response.status_code in BUSY:
            raise _Broken(f"the server answers {response.status_code} {response.reason_phrase}")
        if not response.is_success:
            raise Unreachable(f"{url}: the server answers {response.status_code} {response.reason_phrase}")
        goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT
        if goes_on and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            into.unlink(missing_ok=True)
            raise _Broken("the server sent another part than was asked for")
        _receive(response, into, have if goes_on else 0, heard)
    if size is not None and size_of(into) < size:
        raise _Broken(f"the connection ended after {size_of(into)} of {size} bytes")


def _receive(response: httpx.Response, into: Path, have: int, heard: Heard) -> None:
    total = _total(response)
    free = shutil.disk_usage(into.parent).free + (size_of(into) if not have else 0)
    if total is not None and total - have > free:
        raise _no_room(into, f"{total / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")
    try:
        with into.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw():  # as it comes, so that a broken connection loses nothing
                file.write(chunk)
                have += len(chunk)
                heard(have, total)
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room(
                into, f"{have / 1e6:.1f} MB came, and no more fit; they stay for the next time"
            ) from e
        raise UsageError(f"{into}: cannot be written ({e.strerror})") from e


def _no_room(into: Path, why: str) -> UsageError:
    return UsageError(
        f"{into.parent}: the disk is full: {why}. Make room, or name another folder in GRADER_DATA"
    )


def _total(response: httpx.Response) -> int | None:
    """Bytes of the whole file, as far as the server says."""
    span = re.fullmatch(r"bytes (?:\d+-\d+|\*)/(\d+)", response.headers.get("Content-Range", ""))
    if span:
        return int(span[1])
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() and response.status_code == httpx.codes.OK else None
