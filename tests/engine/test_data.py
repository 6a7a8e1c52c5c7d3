"""`grade data` as people use it: real processes, a real server that misbehaves, a real disk that is full."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, TINY

from grader.course import Course
from grader.datasets import DataSet, State, Store
from grader.datasets.download import Patience, Unreachable, download
from grader.datasets.fetch import fetch, take
from grader.datasets.unpack import unpack
from grader.errors import CourseError, UsageError
from grader.yamlfile import Text

HASTE = Patience(tries=3, pause=0.01, connect=5, read=5)


@dataclass
class Served:
    """What the server gives out, and how badly.

    ranges     whether it can begin in the middle
    breaks     after how many bytes it hangs up, one number for each request to come
    announces  whether it says how long the file is
    stalls     if set: after a part it waits for this before it hangs up
    errors     status codes that it answers first
    asked      (path, Range header) of every request
    """

    files: dict[str, bytes]
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)
    announces: bool = True
    stalls: threading.Event | None = None
    errors: list[int] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        served, wanted = self.served, self.headers.get("Range", "")
        served.asked.append((self.path, wanted))
        if served.errors:
            self.send_error(served.errors.pop(0))
            return
        data = served.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        begin = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and served.ranges else 0
        if begin and begin >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.end_headers()
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        if served.announces:
            self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        most = served.breaks.pop(0) if served.breaks else len(data)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(data[begin : begin + most])
            self.wfile.flush()
        if served.stalls is not None and most < len(data):
            served.stalls.wait(60)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served({})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"served": found}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def zipped(files: dict[str, bytes]) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return found.getvalue()


PICTURES = {
    "pets/train/cat/1.png": b"miaow" * 40_000,
    "pets/test/cat/2.png": b"purr",
    "pets/labels.csv": b"1,cat\n",
}
ARCHIVE = zipped(PICTURES)


def pets(url: str, archive: bytes = ARCHIVE, **fields: object) -> DataSet:
    known: dict[str, object] = {
        "name": "pets", "title": {"en": "Pets", "zh": "宠物"}, "urls": [f"{url}/pets.zip"],
        "checksum": f"sha1:{hashlib.sha1(archive).hexdigest()}", "holds": ["pets/train", "pets/labels.csv"],
    }  # fmt: skip
    return DataSet.model_validate(known | fields)


def nothing_but(root: Path, *names: str) -> None:
    """The folder holds these names, and the lock."""
    assert sorted(p.name for p in root.iterdir() if p.name != ".lock") == sorted(names)


def ignore(done: int, total: int | None) -> None:
    pass


# ---------------------------------------------------------------- fetching


def test_a_set_is_fetched_once_and_is_whole(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    store, wanted, heard = Store(tmp_path / "data"), pets(served.url), []
    assert store.state(wanted) is State.ABSENT
    assert fetch(wanted, store, lambda done, total: heard.append((done, total)), patience=HASTE) is True
    assert heard[-1] == (len(ARCHIVE), len(ARCHIVE))
    folder = store.folder(wanted)
    assert {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    } == PICTURES
    assert store.state(wanted) is State.READY
    assert store.problems(wanted) == []
    nothing_but(store.root, "pets", "pets.json")

    assert fetch(wanted, store, ignore, patience=HASTE) is False
    assert len(served.asked) == 1
    assert fetch(wanted, store, ignore, again=True, patience=HASTE) is True
    assert len(served.asked) == 2


@pytest.mark.parametrize("announces", [True, False])
def test_a_connection_that_breaks_is_gone_on_with(served: Served, tmp_path: Path, announces: bool) -> None:
    served.files["/pets.zip"] = ARCHIVE
    served.breaks, served.announces = [1000, 50_000, 0, 70_000], announces
    store = Store(tmp_path)
    fetch(pets(served.url, size=len(ARCHIVE)), store, ignore, patience=HASTE)
    ranges = [asked for _, asked in served.asked]
    assert ranges == ["", "bytes=1000-", "bytes=51000-", "bytes=51000-", "bytes=121000-"]
    assert store.problems(pets(served.url)) == []


def test_what_came_before_a_crash_is_gone_on_with(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    store, wanted = Store(tmp_path), pets(served.url)
    store.part(wanted).write_bytes(ARCHIVE[:77_777])
    assert store.state(wanted) is State.PARTIAL
    fetch(wanted, store, ignore, patience=HASTE)
    assert [asked for _, asked in served.asked] == ["bytes=77777-"]
    assert store.state(wanted) is State.READY


def test_a_whole_part_is_not_downloaded_again(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    store, wanted = Store(tmp_path), pets(served.url)
    store.part(wanted).write_bytes(ARCHIVE)
    heard: list[int] = []
    fetch(wanted, store, lambda done, total: heard.append(done), patience=HASTE)
    assert heard == []
    assert store.state(wanted) is State.READY


def test_another_files_part_is_thrown_away(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    store, wanted = Store(tmp_path), pets(served.url)
    store.part(wanted).write_bytes(b"x" * 5000)
    fetch(wanted, store, ignore, patience=HASTE)
    assert [asked for _, asked in served.asked] == ["bytes=5000-", ""]
    assert store.problems(wanted) == []


def test_a_server_that_cannot_begin_in_the_middle_starts_anew(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    served.ranges, served.breaks = False, [60_000]
    store, wanted = Store(tmp_path), pets(served.url)
    fetch(wanted, store, ignore, patience=HASTE)
    assert [asked for _, asked in served.asked] == ["", "bytes=60000-"]
    assert store.problems(wanted) == []


def test_a_server_that_is_busy_is_asked_again(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"], served.errors = ARCHIVE, [503, 429]
    fetch(pets(served.url), Store(tmp_path), ignore, patience=HASTE)
    assert len(served.asked) == 3


def test_the_next_address_is_tried(served: Served, tmp_path: Path) -> None:
    served.files["/mirror/pets.zip"] = ARCHIVE
    wanted = pets(served.url, urls=[f"{served.url}/gone/pets.zip", f"{served.url}/mirror/pets.zip"])
    fetch(wanted, Store(tmp_path), ignore, patience=HASTE)
    assert [path for path, _ in served.asked] == ["/gone/pets.zip", "/mirror/pets.zip"]


def test_a_server_that_is_never_there_is_given_up_with_the_next_step(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"], served.breaks = ARCHIVE, [40_000] + [0] * 20
    store, wanted = Store(tmp_path), pets(served.url)
    with pytest.raises(UsageError, match=r"(?s)0\.0 MB are kept.*goes on.*--from pets\.zip"):
        fetch(wanted, store, ignore, patience=HASTE)
    assert len(served.asked) == 1 + HASTE.tries
    assert store.state(wanted) is State.PARTIAL
    with pytest.raises(Unreachable):
        download("http://127.0.0.1:1/x", tmp_path / "x", ignore, patience=HASTE)
    with pytest.raises(Unreachable, match="404"):
        download(f"{served.url}/nowhere", tmp_path / "x", ignore, patience=HASTE)


def test_a_wrong_checksum_leaves_nothing(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = zipped({"pets/train/evil.png": b"!", "pets/labels.csv": b""})
    store, wanted = Store(tmp_path), pets(served.url)
    with pytest.raises(UsageError, match=r"its sha1 is [0-9a-f]{40}.*wanted [0-9a-f]{40}"):
        fetch(wanted, store, ignore, patience=HASTE)
    nothing_but(tmp_path)
    assert store.state(wanted) is State.ABSENT


def test_what_was_there_survives_a_fetch_that_fails(served: Served, tmp_path: Path) -> None:
    served.files["/pets.zip"] = ARCHIVE
    store, wanted = Store(tmp_path), pets(served.url)
    fetch(wanted, store, ignore, patience=HASTE)
    served.files["/pets.zip"] = b"something else"
    with pytest.raises(UsageError):
        fetch(wanted, store, ignore, again=True, patience=HASTE)
    assert store.problems(wanted) == []


def test_a_file_brought_by_other_means_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "downloaded.zip"
    file.write_bytes(ARCHIVE)
    store, wanted = Store(tmp_path / "data"), pets("http://nowhere.invalid")
    take(wanted, store, file)
    assert store.problems(wanted) == []
    assert file.read_bytes() == ARCHIVE
    file.write_bytes(ARCHIVE[:-1])
    with pytest.raises(UsageError, match="its sha1 is"):
        take(wanted, store, file)
    with pytest.raises(UsageError, match="no such file"):
        take(wanted, store, tmp_path / "nothing")


def test_verify_names_every_file_that_is_not_as_published(tmp_path: Path) -> None:
    file = tmp_path / "pets.zip"
    file.write_bytes(ARCHIVE)
    store, wanted = Store(tmp_path / "data"), pets("http://nowhere.invalid")
    take(wanted, store, file)
    (store.folder(wanted) / "pets" / "labels.csv").write_text("1,dog\n")
    (store.folder(wanted) / "pets" / "test" / "cat" / "2.png").unlink()
    assert [re.sub(r".*/", "", p) for p in store.problems(wanted)] == [
        "2.png: missing",
        "labels.csv: changed",
    ]
    (store.root / "pets.json").write_text("half a rece")
    assert store.state(wanted) is State.ABSENT


# ---------------------------------------------------------------- archives that lie


def tarred(name: str, **fields: object) -> bytes:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        for key, value in fields.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(b"x" * member.size))
    return found.getvalue()


def linked() -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        member = zipfile.ZipInfo("pets/train")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc")
    return found.getvalue()


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("pets/train", bytes(30 << 20))

LIES = {
    "outside": ("pets.zip", zipped({"../../evil": b"!"}), "points outside"),
    "absolute": ("pets.zip", zipped({"/tmp/evil": b"!"}), "points outside"),
    "link": ("pets.zip", linked(), "link or a device"),
    "bomb": ("pets.zip", BOMB.getvalue(), "more than the 10 MB"),
    "something else": ("pets.tgz", tarred("pets"), "no pets/train"),
    "nothing": ("pets.zip", b"no archive at all", "not a readable archive"),
    "half": ("pets.zip", ARCHIVE[:-200], "not a readable archive"),
    "tar outside": ("pets.tar.gz", tarred("../evil", size=1), "points outside"),
    "tar link": ("pets.tar.gz", tarred("pets", type=tarfile.SYMTYPE, linkname="/etc"), "link or a device"),
    "tar hard link": (
        "pets.tar.gz",
        tarred("pets", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        "link or a device",
    ),
    "tar device": ("pets.tar", tarred("pets", type=tarfile.CHRTYPE), "link or a device"),
    "half a tar": ("pets.tar.gz", tarred("pets", size=100_000)[:60], "not a readable archive"),
}


@pytest.mark.parametrize(("name", "archive", "said"), LIES.values(), ids=LIES.keys())
def test_an_archive_that_lies_leaves_nothing(tmp_path: Path, name: str, archive: bytes, said: str) -> None:
    """Even one whose checksum is right: the folder is as it was, and nothing lies beside it."""
    file = tmp_path / "given" / name
    file.parent.mkdir()
    file.write_bytes(archive)
    wanted = pets(
        "http://nowhere.invalid", archive, urls=[f"http://nowhere.invalid/{name}"], unpacked=10_000_000
    )
    store = Store(tmp_path / "data")
    with pytest.raises(UsageError, match=said):
        take(wanted, store, file)
    nothing_but(store.root)
    nothing_but(tmp_path, "data", "given")


def test_a_tar_and_a_plain_file_are_kept_too(tmp_path: Path) -> None:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as archive:
        member = tarfile.TarInfo("pets/train/1.png")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    for name, content, inside in (
        ("pets.tar", found.getvalue(), "pets/train/1.png"),
        ("net-1.pth", b"weights", "net-1.pth"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        wanted = pets("http://x", content, name=name, urls=[f"http://x/{name}?version=3"], holds=[inside])
        take(wanted, Store(tmp_path / "data"), file)
        assert (tmp_path / "data" / name / inside).read_bytes() in (b"abc", b"weights")


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them counts would depend on who reads it."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    (tmp_path / "twice.zip").write_bytes(found.getvalue())
    (tmp_path / "into").mkdir()
    with pytest.raises(UsageError, match="in each other's way"):
        unpack(tmp_path / "twice.zip", "twice.zip", tmp_path / "into", most=100)


# ---------------------------------------------------------------- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KB."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("a small file system can be mounted by root on Linux only")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_told_before_or_while_it_fills(served: Served, small_disk: Path) -> None:
    big = zipped({"pets/train/1.png": os.urandom(600_000), "pets/labels.csv": b""})
    served.files["/pets.zip"] = big
    store, wanted = Store(small_disk), pets(served.url, big)
    with pytest.raises(UsageError, match=r"disk is full.*GRADER_DATA"):
        fetch(wanted, store, ignore, patience=HASTE)
    nothing_but(small_disk)
    served.announces = False
    with pytest.raises(UsageError, match=r"disk is full.*stay for the next time"):
        fetch(wanted, store, ignore, patience=HASTE)
    nothing_but(small_disk, ".pets.part")
    kept = store.part(wanted).read_bytes()
    assert kept == big[: len(kept)] != b""


def test_a_disk_that_fills_while_unpacking_keeps_the_download_only(served: Served, small_disk: Path) -> None:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pets/train/1.png", bytes(3_000_000))
        archive.writestr("pets/labels.csv", b"")
    served.files["/pets.zip"] = found.getvalue()
    store, wanted = Store(small_disk), pets(served.url, found.getvalue())
    with pytest.raises(UsageError, match="disk is full; nothing half-unpacked stays"):
        fetch(wanted, store, ignore, patience=HASTE)
    nothing_but(small_disk, ".pets.part")
    assert store.part(wanted).read_bytes() == found.getvalue()


# ---------------------------------------------------------------- the command


@pytest.fixture
def course(tmp_path: Path, served: Served) -> Path:
    """A course whose data set lies on the server."""
    root = tmp_path / "course"
    root.mkdir()
    (root / "rubric.yaml").write_bytes((TINY / "rubric.yaml").read_bytes())
    served.files["/pets.zip"] = ARCHIVE
    sets = [pets(served.url, sections=("2.1",), size=len(ARCHIVE)).model_dump(mode="json")]
    (root / "data.yaml").write_text(yaml.safe_dump({"format": 1, "sets": sets}), encoding="utf-8")
    return root


def data(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "120", "GRADER_DATA": str(folder)}
    command = [sys.executable, "-m", "grader.cli", "data", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)


def test_list_fetch_and_verify_as_a_user_runs_them(course: Path, served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    listed = data("list", "--course", course, folder=folder)
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"pets +Pets +2\.1 +0 MB +-", listed.stdout)
    assert not folder.exists()
    served.breaks = [10_000]
    fetched = data("fetch", "pets", "--course", course, folder=folder)
    assert fetched.returncode == 0, fetched.stderr
    assert f"unpacked into {folder / 'pets'}" in fetched.stdout
    assert "downloading pets.zip" in fetched.stderr
    assert "there already" in data("fetch", "--all", "--course", course, folder=folder).stdout
    assert data("verify", "--course", course, folder=folder).returncode == 0
    (folder / "pets" / "pets" / "labels.csv").unlink()
    verified = data("verify", "pets", "--course", course, folder=folder)
    assert verified.returncode == 1
    assert "labels.csv: missing" in verified.stderr
    assert "grade data fetch pets --again" in verified.stderr


@pytest.mark.slow  # seven commands
def test_what_cannot_be_done_exits_with_2_and_says_why(course: Path, served: Served, tmp_path: Path) -> None:
    for arguments, said in {
        ("fetch", "cats"): "no data set 'cats' in this course; it has: pets",
        ("fetch",): "name the data sets to fetch, or --all",
        ("fetch", "pets", "--all"): "name the data sets to fetch, or --all",
        ("fetch", "pets", "--from", "nothing.zip"): "nothing.zip: no such file",
    }.items():
        done = data(*arguments, "--course", course, folder=tmp_path / "mine")
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr
    served.files["/pets.zip"] = b"<html>log in to our network first</html>"
    done = data("fetch", "pets", "--course", course, folder=tmp_path / "mine")
    assert done.returncode == 2
    assert "its sha1 is" in done.stderr
    nothing_but(tmp_path / "mine")
    (tmp_path / "file").write_text("")
    done = data("fetch", "pets", "--course", course, folder=tmp_path / "file" / "inside")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True), done.stderr


@pytest.mark.slow  # four commands
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_fetch_that_is_stopped_goes_on(
    course: Path, served: Served, tmp_path: Path, how: signal.Signals, code: int
) -> None:
    """Ctrl-C and kill -9 in the middle: nothing unfinished is visible, and the next run goes on."""
    folder = tmp_path / "mine"
    part = folder / ".pets.part"
    served.breaks, served.stalls = [100_000], threading.Event()
    env = {**os.environ, "GRADER_DATA": str(folder)}
    command = [sys.executable, "-m", "grader.cli", "data", "fetch", "pets", "--course", str(course)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (part.is_file() and part.stat().st_size > 50_000) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(how)
        assert process.wait(20) == code
    served.stalls.set()
    nothing_but(folder, ".pets.part")
    kept = part.stat().st_size
    done = data("fetch", "pets", "--course", course, folder=folder)
    assert done.returncode == 0, done.stderr
    assert served.asked[-1][1] == f"bytes={kept}-"
    assert data("verify", "pets", "--course", course, folder=folder).returncode == 0


def test_two_fetches_at_once_do_not_mix(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.lock(), pytest.raises(UsageError, match="another `grade data fetch` is at work"), store.lock():
        pass
    with store.lock():
        pass


# ---------------------------------------------------------------- the catalogue


def test_the_courses_catalogue_is_the_books() -> None:
    """Names and checksums of the sets that code along the book asks for."""
    found = {s.name: s.checksum for s in Course(REPOSITORY).catalogue.sets}
    assert found == {
        "cifar-10": "md5:c58f30108f718f92721af3b95e74349a",
        "hotdog": "sha1:fba480ffa8aa7e0febbb511d181409f899b9baa5",
        "banana-detection": "sha1:5de26c8fce5ccdea9f91267273464dc968d20d72",
        "voc2012": "sha1:4e443f8a2eca6b1dac8a6c57641b67dd40621a49",
        "cifar10_tiny": "sha1:2068874e4b9a9f0fb07ebe0ad2b29754449ccacd",
        "dog_tiny": "sha1:0cb91d09b814ecdc07b50f31f8dcad3e81d6a86d",
        "resnet18": "sha256:f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        "efficientnet-lite0": "sha256:579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    }
    assert Course(TINY).catalogue.sets == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"checksum": "sha1:123"}, "checksum"),
        ({"urls": ["ftp://x/y.zip"]}, "urls"),
        ({"holds": ["../secret"]}, "wanted a path inside"),
        ({"name": "a/b"}, "name"),
        ({"sise": 3}, "sise"),
    ],
)
def test_a_wrong_catalogue_is_told_with_its_line(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    entry = pets("http://x").model_dump(mode="json") | change
    (tmp_path / "data.yaml").write_text(json.dumps({"format": 1, "sets": [entry]}, indent=1))
    with pytest.raises(CourseError, match=rf"data\.yaml:\d+: (?s:.*){re.escape(said)}"):
        _ = Course(tmp_path).catalogue
    assert isinstance(entry["title"], dict)
    assert Text(en="a", zh="b").in_language("zh") == "b"
