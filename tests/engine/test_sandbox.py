"""The sandbox, level by level: what ordinary code does still works in it, and what no code should do does not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY

from grader.dialogue import Worker, WorkerLimits
from grader.errors import Forbidden, OutOfMemory, TimedOut
from grader.host import WorkerSubject
from grader.launch import Launcher, SpawnLauncher, new_launcher, new_launchers
from grader.model import Cell, Submission, Unit
from grader.scratch import PREFIX, Scratch, sweep
from grader.subject import Student
from grader.worker.folders import overfull, remove_tree
from grader.worker.process import Limits
from grader.worker.sandbox import landlock
from grader.worker.sandbox.inner import World, _rules
from grader.worker.sandbox.landlock import LIST, RUN
from grader.worker.sandbox.view import View, python_view

pytestmark = pytest.mark.sandbox

Open = Callable[..., Student]


@pytest.fixture(scope="module")
def second() -> Iterator[Launcher]:
    launcher = new_launcher(level=2)
    yield launcher
    launcher.close()


@pytest.fixture(params=[3, 2], ids=["level 3", "level 2"])
def confined(request: pytest.FixtureRequest, launcher: Launcher) -> Launcher:
    """A launcher of each level that this system has."""
    if request.param == 3 and launcher.level < 3:
        pytest.skip(f"no level 3 here: {missing(launcher)}")
    if request.param == 3:
        return launcher
    found: Launcher = request.getfixturevalue("second")
    if found.level < 2:
        pytest.skip(f"no level 2 here: {missing(found)}")
    return found


def missing(launcher: Launcher) -> str:
    return ", ".join(f"{layer.name} ({layer.detail})" for layer in launcher.layers if not layer.active)


@pytest.fixture
def opened(confined: Launcher) -> Iterator[Open]:
    """opened("source", tasks=…) → Student of a new worker at each level."""
    subjects: list[WorkerSubject] = []

    def open_student(source: str, **limits: Any) -> Student:
        subjects.append(subject_of(source, confined, **limits))
        return Student(subjects[-1])

    yield open_student
    for subject in subjects:
        subject.close()


def subject_of(source: str, launcher: Launcher, **limits: Any) -> WorkerSubject:
    cell = Cell("answers.py", textwrap.dedent(source))
    limits = {"call_seconds": 30.0, **limits}
    return WorkerSubject(
        Submission("s", (Unit("answers", "answers.py", (cell,)),)), launcher, WorkerLimits(**limits)
    )


# ---------------------------------------------------------------- ordinary code works


def test_data_loaders_with_workers(opened: Open) -> None:
    student = opened("""
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        def total(workers, persistent):
            data = TensorDataset(torch.arange(64.0), torch.arange(64))
            loader = DataLoader(data, batch_size=8, num_workers=workers, persistent_workers=persistent)
            assert loader.num_workers == workers
            return [sum(x.sum().item() for x, _ in loader) for _ in range(2)]
    """)
    assert student.total(2, False) == [2016.0, 2016.0]
    assert student.total(2, True) == [2016.0, 2016.0]


def test_threads_of_torch_and_of_python(opened: Open) -> None:
    student = opened("""
        import torch
        from concurrent.futures import ThreadPoolExecutor
        def product(x):
            torch.set_num_threads(4)
            with ThreadPoolExecutor(4) as pool:
                return [y.sum() for y in pool.map(lambda i: x @ x + i, range(4))]
    """)
    assert len(student.product(torch.eye(300))) == 4


def test_pictures_temporary_files_and_saved_tensors(opened: Open) -> None:
    student = opened("""
        import shutil, tempfile, pathlib, torch
        import matplotlib.pyplot as plt
        from PIL import Image
        def draw():
            plt.plot([1, 2]); plt.title("x²"); plt.savefig("figure.png")
            return list(Image.open("figure.png").size)
        def keep():
            with tempfile.TemporaryDirectory() as folder:
                torch.save({"w": torch.ones(3)}, pathlib.Path(folder, "a.pt"))
                shutil.copy(pathlib.Path(folder, "a.pt"), "b.pt")
            return torch.load("b.pt")["w"].sum()
        def home():
            path = pathlib.Path.home() / "notes" / "a.txt"
            path.parent.mkdir()
            path.write_text("kept")
            return path.read_text()
    """)
    assert student.draw() == [640, 480]
    assert student.keep() == 3
    assert student.home() == "kept"


def test_what_is_compiled_computes_the_same(opened: Open) -> None:
    student = opened("""
        import torch
        @torch.compile
        def double(x): return 2 * x
        @torch.jit.script
        def triple(x): return 3 * x
        def both(x): return double(x) + triple(x)
    """)
    assert torch.equal(student.both(torch.ones(2)), torch.full((2,), 5.0))


def test_packages_that_nobody_imported_yet(opened: Open) -> None:
    student = opened("""
        import importlib
        def load(name): return importlib.import_module(name).__name__
    """)
    for name in (
        "sqlite3",
        "pandas",
        "matplotlib.animation",
        "torchvision.models",
        "torch.distributions",
        "ssl",
    ):
        assert student.load(name) == name


# ---------------------------------------------------------------- what is not theirs stays closed

LOOKS = """
    import os, socket, sys
    def reads(path):
        try:
            with open(path, "rb") as f: return f.read(20) != b""
        except OSError: return False
    def lists(path):
        try: return bool(os.listdir(path))
        except OSError: return False
    def writes(folder):
        try:
            open(os.path.join(folder, "grade-was-here"), "w").close()
            return True
        except OSError: return False
    def connects(family, address):
        try:
            with socket.socket(getattr(socket, family)) as s: s.connect(address)
            return True
        except OSError: return False
    def signals(pid):
        try: os.kill(pid, 0)
        except OSError: return False
        return True
    def site(): return [p for p in sys.path if p.endswith("site-packages")]
    def own(): return sys.modules["grader.worker.codec"].__file__
    def environment(pid):
        try: return open(f"/proc/{pid}/environ").read()
        except OSError: return ""
"""


def test_the_course_the_grader_and_home_cannot_be_read(opened: Open, tmp_path: Path) -> None:
    student = opened(LOOKS)
    planted = tmp_path / "secret"
    planted.write_text("for nobody")
    rubric = REPOSITORY / "rubric.yaml"
    closed = [planted, rubric, REPOSITORY / "grader/engine.py", Path("/etc/passwd"), Path("/etc/shadow")]
    closed += [
        *sorted((REPOSITORY / "reference").glob("*.py"))[:2],
        *REPOSITORY.glob("tests/exercises/test_s04*.py"),
    ]
    passwords = Path("/etc/passwd").read_bytes()[:20]
    for path in closed:
        assert path.exists()
        assert (
            not student.reads(str(path)) or path.read_bytes()[:20] == passwords
        )  # level 3 has one of its own
    for folder in ("/root", "/home", str(tmp_path), str(REPOSITORY / "tests")):
        assert not student.lists(folder) or folder == "/root"  # parts of Python may lie there
    assert student.reads(student.own())


def test_python_cannot_be_written_to(opened: Open) -> None:
    student = opened(LOOKS)
    places = [
        *student.site(),
        str(Path(os.__file__).parent),
        "/usr/lib",
        "/etc",
        "/",
        "/dev",
        str(REPOSITORY),
    ]
    assert [p for p in places if student.writes(p)] == []
    assert not any(Path(p, "grade-was-here").exists() for p in places)
    assert student.writes(".")


def test_there_is_nobody_to_talk_to(opened: Open, tmp_path: Path) -> None:
    student = opened(LOOKS)
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        assert not student.connects("AF_INET", list(tcp.getsockname()))
        assert not student.connects("AF_UNIX", str(tmp_path / "socket"))
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0grade-{os.getpid()}")
        abstract.listen()
        assert not student.connects("AF_UNIX", f"\0grade-{os.getpid()}")


def test_the_grader_cannot_be_signalled_nor_seen(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    student = opened(LOOKS)
    assert not student.signals(os.getpid())
    assert not student.signals(os.getppid())
    for pid in (1, os.getpid(), os.getppid()):
        assert "COURSE_TOKEN" not in student.environment(pid)


# ---------------------------------------------------------------- limits of the whole tree


def test_processes_are_counted_together(opened: Open) -> None:
    student = opened(
        """
        import os, time
        def bomb():
            try:
                for _ in range(200):
                    if os.fork() == 0: time.sleep(60); os._exit(0)
            except OSError as e: return e.errno
            time.sleep(5)
        def fine(): return 1
        """,
        tasks=40,
    )
    try:
        assert student.bomb() == 11  # EAGAIN, where the kernel counts
    except Forbidden as e:
        assert "40 processes" in str(e)  # noqa: PT017 (either of two ways is right)
    assert student.fine() == 1


def test_memory_is_counted_together(opened: Open) -> None:
    student = opened(
        """
        import os, time
        def hoard():
            for _ in range(6):
                if os.fork() == 0:
                    kept = bytearray(os.urandom(1)) * (200 << 20)
                    time.sleep(20); os._exit(0)
            time.sleep(20)
        def fine(): return 1
        """,
        memory=600 << 20,
    )
    with pytest.raises(OutOfMemory, match=r"what it started used more than 0\.6 GB"):
        student.hoard()
    assert student.fine() == 1


def test_the_scratch_folder_has_a_size(opened: Open) -> None:
    student = opened("""
        import time
        def fill():
            for n in range(100_000):
                try:
                    with open(f"file{n}", "wb") as f: f.write(bytes(1 << 20 if n < 600 else 1))
                except OSError as e: return e.errno
                if n > 600: time.sleep(0.01)
        def fine(): return 1
    """)
    try:
        assert student.fill() == 28  # ENOSPC, where it is a file system of its own
    except Forbidden as e:
        assert "scratch" in str(e)  # noqa: PT017 (either of two ways is right)
    assert student.fine() == 1


def test_cpu_time_is_counted_together(opened: Open) -> None:
    student = opened(
        """
        import os, time
        def burn():
            for _ in range(2):
                if os.fork() == 0:
                    while True: pass
            time.sleep(30)
        """,
        seconds=1,
    )
    with pytest.raises(TimedOut, match="1 s of CPU time"):
        student.burn()


# ---------------------------------------------------------------- ends


def test_a_worker_that_cannot_be_confined_runs_nothing(launcher: Launcher) -> None:
    """A kernel folder that is not there stands for a layer that fails after the zygote has started."""
    from grader.errors import WorkerError

    ours, theirs = socket.socketpair()
    read_end, write_end = os.pipe()
    with ours, theirs, pytest.raises(WorkerError, match="could not be confined"):
        launcher.launch(theirs.fileno(), write_end, Limits(), kernel="no-such-folder")
    os.close(read_end)
    os.close(write_end)


KILLED = """
import os, socket, time
from grader.launch import new_launcher
from grader.worker.process import Limits
launcher = new_launcher()
ours, theirs = socket.socketpair()
process = launcher.launch(theirs.fileno(), os.open(os.devnull, os.O_WRONLY), Limits())
print(launcher.work.parent, process.pid, flush=True)
time.sleep(600)
"""


def test_a_killed_grader_leaves_no_process_and_its_folder_is_swept() -> None:
    grader = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert grader.stdout is not None
    with grader.stdout:
        folder, pid = grader.stdout.readline().split()
        assert Path(f"/proc/{pid}").exists()
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    until(lambda: not Path(f"/proc/{pid}").exists())
    os.utime(folder, (0, 0))  # as if it were older than a grader takes to lock its own
    sweep()
    assert not Path(folder).exists()


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_folder_in_use_is_not_swept() -> None:
    scratch = Scratch()
    os.utime(scratch.path, (0, 0))
    sweep()
    assert scratch.path.is_dir()
    assert scratch.path.name.startswith(PREFIX)
    scratch.remove()
    assert not scratch.path.exists()


@pytest.mark.slow
def test_a_fresh_interpreter_is_confined_too() -> None:
    launcher = SpawnLauncher()
    subject = subject_of(LOOKS, launcher)
    try:
        assert launcher.level >= 2 or pytest.skip(missing(launcher))
        student = Student(subject)
        assert not student.reads(str(REPOSITORY / "rubric.yaml"))
        assert not student.signals(os.getpid())
    finally:
        subject.close()
        launcher.close()


# ---------------------------------------------------------------- views


def test_a_view_ends_at_what_is_hidden_in_it(tmp_path: Path) -> None:
    for name in (
        "lib/a.py",
        "lib/grader/__init__.py",
        "lib/grader/course/answer.py",
        "lib/grader/worker/w.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    lib = str(tmp_path / "lib")
    view = View(((lib, True), (f"{lib}/grader", False), (f"{lib}/grader/worker", True)))
    assert view.shows(f"{lib}/a.py")
    assert view.shows(f"{lib}/grader/worker/w.py")
    assert not view.shows(f"{lib}/grader/course/answer.py")
    assert not view.shows(str(tmp_path / "library"))
    assert set(view.openings()) == {(lib, LIST), (f"{lib}/a.py", RUN), (f"{lib}/grader/worker", RUN)}


def test_the_view_hides_what_lies_in_pythons_own_folders() -> None:
    library = Path(os.__file__).parent
    view = python_view([str(library / "json"), "/nowhere/at/all"])
    assert view.shows(str(library / "os.py"))
    assert not view.shows(str(library / "json" / "decoder.py"))
    assert not view.shows(str(REPOSITORY / "rubric.yaml"))
    assert view.shows(str(REPOSITORY / "grader/worker/codec.py"))
    assert not view.shows(str(REPOSITORY / "grader/engine.py"))


def test_the_view_hides_the_course_that_an_editable_installation_copies(tmp_path: Path, monkeypatch) -> None:
    """The package lies elsewhere; its course, with the reference, lies among the packages all the same."""
    packages = tmp_path / "site-packages"
    for folder in ("grader/course/reference", "numpy"):
        (packages / folder).mkdir(parents=True)
    monkeypatch.syspath_prepend(str(packages))
    view = python_view()
    assert view.shows(str(packages / "numpy"))
    assert not view.shows(str(packages / "grader/course/reference"))


def test_the_view_shows_where_a_driver_lies_and_no_other_folder_of_that_list(
    tmp_path: Path, monkeypatch
) -> None:
    driver, other = tmp_path / "driver", tmp_path / "other"
    for folder in (driver, other):
        folder.mkdir()
        (folder / "data.txt").touch()
    (driver / "libcuda.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{other}::{driver}:/nowhere")
    view = python_view(devices=True)
    assert view.shows(str(driver / "libcuda.so.1"))
    assert not view.shows(str(other / "data.txt"))
    assert not python_view().shows(str(driver / "libcuda.so.1"))


@pytest.mark.parametrize("level", [3, 2])
def test_only_with_a_gpu_threads_are_named_by_writing(level: int) -> None:
    """CUDA does not start without it; the rule is about the worker's own folder in /proc and no other one."""
    path = f"/proc/{os.getpid()}/task"
    rules = {
        devices: list(_rules(World(level, View(()), devices=devices), "/scratch", ""))
        for devices in (False, True)
    }
    assert (path, landlock.OVERWRITE) in rules[True]
    assert all(given != path for given, _ in rules[False])
    assert not landlock.OVERWRITE & (landlock.MAKE_REG | landlock.EXECUTE | landlock.IOCTL_DEV)


# ---------------------------------------------------------------- folders


def test_folders_of_any_depth_are_counted_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("a_folder_in_a_folder", dir_fd=here)
        deeper = os.open("a_folder_in_a_folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    (folder / "closed").mkdir(mode=0)
    (folder / "link").symlink_to(tmp_path)
    assert overfull(str(folder), Limits())
    remove_tree(folder)
    assert not folder.exists()
    assert tmp_path.is_dir()


def test_a_folder_is_full_by_number_or_by_size(tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"f{n}").write_bytes(bytes(10_000))
    assert not overfull(str(tmp_path), Limits(files=5, scratch=1 << 20))
    assert overfull(str(tmp_path), Limits(files=4, scratch=1 << 20))
    assert overfull(str(tmp_path), Limits(files=5, scratch=20_000))


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked here")
def test_two_who_share_a_process_have_workers_of_their_own() -> None:
    first, second = new_launchers([], 2)
    try:
        (one, process), (other, _) = (Worker.launched(each, WorkerLimits()) for each in (first, second))
        assert process._zygote.ask({"do": "poll", "pid": process._id})["status"] is None
        stranger = second._zygote.ask({"do": "end", "pid": process._id})  # type: ignore[attr-defined]
        assert stranger == {"status": None, "excess": ""}
        assert one.ask({"op": "release"}, b"", time.monotonic() + 60)[0] == {"value": None}

        first.close()
        assert not Path(f"/proc/{one.pid}").exists(), "closing takes its workers along"
        assert second.work.exists(), "the other one still needs it"
        assert other.ask({"op": "release"}, b"", time.monotonic() + 60)[0] == {"value": None}
        again, _ = Worker.launched(second, WorkerLimits())
        assert again.ask({"op": "release"}, b"", time.monotonic() + 60)[0] == {"value": None}
        for worker in (one, again):
            worker.end()
        second.close()
    finally:
        first.close()
        second.close()
    other.end()
    assert not second.work.exists()
    assert not Path(f"/proc/{other.pid}").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked here")
def test_who_is_killed_leaves_no_worker_to_those_it_shared_with() -> None:
    killed, left = new_launchers([], 2)
    assert killed.level == left.level
    telling, told = os.pipe()
    pid = os.fork()
    if not pid:
        left.leave()
        worker, _ = Worker.launched(killed, WorkerLimits())
        os.write(told, str(worker.pid).encode())
        time.sleep(600)
        os._exit(0)
    killed.leave()
    try:
        orphan = Path("/proc", os.read(telling, 20).decode())
        assert orphan.exists()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        deadline = time.monotonic() + 20
        while orphan.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not orphan.exists()
        worker, _ = Worker.launched(left, WorkerLimits())
        assert worker.ask({"op": "release"}, b"", time.monotonic() + 60)[0] == {"value": None}
        worker.end()
    finally:
        left.close()
        for descriptor in (telling, told):
            os.close(descriptor)
    assert not left.work.exists()
