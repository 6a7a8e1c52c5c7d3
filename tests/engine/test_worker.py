"""Real workers: what student code can do to its own process becomes data, and the next call still works."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from grader.dialogue import WorkerLimits
from grader.errors import Crashed, Died, NotAttempted, OutOfMemory, TimedOut
from grader.host import WorkerSubject
from grader.launch import Launcher, SpawnLauncher
from grader.model import Cell, Submission, Unit
from grader.subject import LocalSubject, Place, Student
from grader.worker.tree import tree

SOURCE = '''
import os, sys, time
import torch
import numpy as np
from helper import double

print("while loading")

def add(a, b): return a + b
def twice(x): return double(x)
def leaves(): os._exit(3)
def exits(): raise SystemExit(0)
def aborts(): os.abort()
def loops():
    while True: pass
def floods():
    while True: print("x" * 10_000)
def recurses(n=0): return recurses(n + 1)
def hoards(): return [bytes(1 << 20) for _ in range(100_000)]
def huge(): return torch.zeros(1 << 36)
def stub(): raise NotImplementedError
def says(x): print("hello", x); return x
def forks():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    return 1
def environment(): return dict(os.environ)
def endless():
    while True: yield 1
def deep():
    x = []
    for _ in range(200): x = [x]
    return x
def pid(): return os.getpid()
def array(x): return np.asarray(x) * 2
def net(): return torch.nn.Linear(2, 1)
def draw(): return torch.rand(3)
def parts(pair, w): return [pair[0] * w, {"other": pair[1] ** 2}], 5
class Liar(torch.Tensor):
    def __eq__(self, other): return True
def lie(x): return torch.full_like(x, 7).as_subclass(Liar)
def device(): return torch.zeros(2, device="meta")
def complex_result(): return torch.zeros(2, dtype=torch.complex64)
'''  # fmt: skip


@pytest.fixture(scope="module")
def subject(launcher: Launcher) -> Iterator[WorkerSubject]:
    made = Submission(
        "s", (_unit("answers", SOURCE), _unit("helper", "def double(x): return 2 * x\nboom()\n"))
    )
    subject = WorkerSubject(made, launcher, WorkerLimits(call_seconds=1.0, memory=1 << 30))
    yield subject
    subject.close()


def _unit(module: str, source: str) -> Unit:
    return Unit(module, f"{module}.py", (Cell(f"{module}.py", source),))


@pytest.fixture
def student(subject: WorkerSubject) -> Student:
    subject.begin_check(60)
    return Student(subject)


def test_values_come_back(student: Student) -> None:
    a = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(student.add(a, a), 2 * a)
    assert student.twice(4) == 8
    assert torch.equal(
        student.add(torch.tensor(1, dtype=torch.bfloat16), 1), torch.tensor(2, dtype=torch.bfloat16)
    )
    assert student.array([1, 2]).tolist() == [2, 4]
    assert student.device().device.type == "meta"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("leaves", Died),
        ("aborts", Died),
        ("exits", Crashed),
        ("loops", TimedOut),
        ("floods", TimedOut),
        ("recurses", Crashed),
        ("hoards", OutOfMemory),
        ("huge", OutOfMemory),
        ("stub", NotAttempted),
        ("no_such_name", NotAttempted),
        ("endless", Crashed),
        ("deep", Crashed),
        ("complex_result", Crashed),
    ],
)
def test_a_fault_is_data_and_the_next_call_works(
    student: Student, name: str, fault: type[BaseException]
) -> None:
    with pytest.raises(fault):
        getattr(student, name)()
    assert student.add(1, 2) == 3


def test_the_exit_code_is_told(student: Student) -> None:
    with pytest.raises(Died, match="exit code 3"):
        student.leaves()


def test_what_is_printed_is_kept_and_capped(subject: WorkerSubject, student: Student) -> None:
    student.says(5)
    assert subject.output() == "hello 5\n"
    with pytest.raises(TimedOut):
        student.floods()


def test_a_broken_helper_is_a_remark_and_its_names_count(subject: WorkerSubject, student: Student) -> None:
    assert student.twice(1) == 2
    assert any("helper.py" in r.where and "NameError" in r.message for r in subject.remarks)


def test_the_environment_is_clean(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(student.environment()) <= {
        "PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "MPLBACKEND", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "PYTHONHASHSEED",
        "TORCHINDUCTOR_CACHE_DIR", "TORCHDYNAMO_DISABLE", "CUDA_VISIBLE_DEVICES",
    }  # fmt: skip


def test_a_daemon_ends_with_its_worker(launcher: Launcher) -> None:
    units = (_unit("answers", SOURCE), _unit("helper", "def double(x): return 2 * x"))
    subject = WorkerSubject(Submission("s", units), launcher)
    student = Student(subject)
    student.forks()
    assert subject._worker is not None
    pids = list(tree(subject._worker.pid))
    assert len(pids) >= launcher.level - 1  # below level 3 the daemon is the zygote's child already
    subject.close()
    assert all(map(_ended, pids))
    assert not _strays()


def _ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def _strays() -> list[int]:
    """Sleeping copies of a worker that nobody waits for."""
    strays = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            parent = int((path.parent / "stat").read_text().rpartition(")")[2].split()[1])
            if b"grader.worker.zygote" in path.read_bytes() and parent == 1:
                strays.append(int(path.parent.name))
        except (OSError, ValueError):
            continue
    return strays


def test_a_lying_subclass_comes_back_as_a_plain_tensor(student: Student) -> None:
    got = student.lie(torch.zeros(2))
    assert type(got) is torch.Tensor
    assert not torch.equal(got, torch.zeros(2))


def test_calls_are_seeded_alike(student: Student) -> None:
    assert torch.equal(student.draw(), student.draw())
    assert not torch.equal(student.draw(), student.at_seed(1).draw())
    assert torch.equal(student.at_seed(1).draw(), student.at_seed(1).draw())


def test_objects_stay_and_answer(student: Student) -> None:
    net = student.net()
    state = net.state()
    assert set(state.parameters) == {"weight", "bias"}
    assert state.training
    net.call("eval")
    assert not net.state().training
    x = torch.ones(1, 2)
    assert torch.allclose(net(x), x @ state.parameters["weight"].T + state.parameters["bias"])
    assert student.vjp(net, x).parameters["bias"].tolist() == [1.0]


def test_gradients_of_nested_values(student: Student) -> None:
    pair, w = [torch.tensor(2.0), torch.tensor(3.0)], torch.tensor(4.0)
    assert student.vjp("parts", pair, w).inputs == [4.0, 6.0, 2.0]
    second = student.vjp("parts", pair, w, cotangent=[torch.tensor(0.0), torch.tensor(1.0)])
    assert second.inputs == [0.0, 6.0, 0.0]


def test_a_submission_that_hangs_while_loading_still_answers(launcher: Launcher) -> None:
    cells = ("def f(): return 1", "while True: pass", "def g(): return 2")
    unit = Unit("nb", "nb.ipynb", tuple(Cell(f"cell {n}", text) for n, text in enumerate(cells, 1)))
    made = Submission("s", (unit,))
    subject = WorkerSubject(made, launcher, WorkerLimits(call_seconds=0.5))
    student = Student(subject)
    assert (student.f(), student.g()) == (1, 2)
    assert [r.where for r in subject.remarks] == ["cell 2"]
    subject.close()


def test_a_worker_starts_in_milliseconds(launcher: Launcher) -> None:
    subjects = [
        WorkerSubject(Submission("s", (_unit("a", "def f(): return 1"),)), launcher) for _ in range(5)
    ]
    before = time.perf_counter()
    for subject in subjects:
        subject.start()
    each = (time.perf_counter() - before) / len(subjects)
    for subject in subjects:
        subject.close()
    assert each < 1.0  # far above what it takes, far below an import of torch


@pytest.mark.slow
def test_without_a_zygote_the_results_are_the_same() -> None:
    launcher = SpawnLauncher()
    subject = WorkerSubject(
        Submission("s", (_unit("answers", SOURCE), _unit("helper", "def double(x): return 2 * x"))), launcher
    )
    student = Student(subject)
    assert student.twice(3) == 6
    with pytest.raises(Died):
        student.leaves()
    assert student.add(1, 1) == 2
    subject.close()
    launcher.close()


def test_nothing_is_left_in_the_scratch_folder(launcher: Launcher, tmp_path: Path) -> None:
    made = Submission(
        "s",
        (_unit("a", "import os\ndef where():\n    open('mine', 'w').write('x')\n    return os.getcwd()"),),
    )
    subject = WorkerSubject(made, launcher)
    folder = Path(Student(subject).where())
    assert folder.exists() == (launcher.level < 3)  # level 3 has a file system of its own
    subject.close()
    assert not folder.exists()
    assert list(launcher.work.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "value", "changed"),
    [
        ("def f(x): return 1", np.array(2.5), []),
        ("def f(x): x[...] = 3; return 1", np.array(2.5), ["argument 1"]),
        ("def f(x): x[0] = float('nan'); return 1", [1.0, 2.0], ["argument 1"]),
        ("def f(x): return 1", [float("nan")], []),
        ("def f(x): x.sort(); return 1", [2, 1], ["argument 1"]),
        ("def f(x): x.t_(); return 1", torch.tensor([[1.0, 2.0], [3.0, 4.0]]), ["argument 1"]),
        ("def f(x): x.data = x.data * 2; return 1", torch.ones(2), ["argument 1"]),
        ("def f(x): x += 0; return 1", torch.ones(2), []),
    ],
)
def test_what_counts_as_a_changed_argument(source, value, changed):
    names: dict[str, object] = {}
    exec(source, names)
    student = Student(LocalSubject({"m": names}), Place("m"))
    student.f(value)
    assert student.changed == changed
