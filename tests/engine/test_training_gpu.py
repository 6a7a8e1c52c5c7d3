"""Training on a GPU: workers that see one device, in the sandbox, repeatably. Skipped where torch sees no GPU."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from conftest import REPOSITORY, submission

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.errors import UsageError
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.model import Outcome, Status
from grader.training import Setting, setting_for

LINES = REPOSITORY / "tests" / "engine" / "training_course"
FIT = """
import os, socket, torch
def slope(): return 2.0
def fit(net, x, y, epochs):
    {first}
    net, x, y = net.to("cuda"), x.to("cuda"), y.to("cuda")
    optimizer = torch.optim.SGD(net.parameters(), 0.5)
    net.train()
    for _ in range(epochs):
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    return net.cpu()
"""

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.device_count(), reason="torch sees no GPU here"),
]

Train = Callable[..., Outcome]


@pytest.fixture(scope="module")
def lines() -> Course:
    return Course(LINES)


@pytest.fixture
def train(lines: Course, launcher: Launcher) -> Train:
    """train("statements that the worker runs first") → the outcome of the course's training."""

    def run(first: str = "pass", device: str = "cuda") -> Outcome:
        made = submission(lines, s01_lines=FIT.format(first=first))
        found: list[Examined] = []
        Examiner(lines, training=Setting(device=device)).examine([worker_task(made, launcher)], found.append)
        return next(o for o in found[0].outcomes if o.item == "train")

    return run


@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_worker_trains_on_the_one_device_it_sees(train: Train, device: str) -> None:
    found = train("assert torch.cuda.device_count() == 1, torch.cuda.device_count()", device)
    assert found.status is Status.PASSED, found
    assert found.training is not None
    assert found.training.device == device


def test_auto_is_the_gpu_and_the_size_that_suits_each_item() -> None:
    chosen = setting_for("auto")
    assert (chosen.device, chosen.size) == ("cuda", "auto")
    assert setting_for("auto", "cpu").size == "cpu"
    assert setting_for("cpu").device == "cpu"


def test_a_device_beyond_the_last_is_refused() -> None:
    count = torch.cuda.device_count()
    assert setting_for(f"cuda:{count - 1}").device == f"cuda:{count - 1}"
    with pytest.raises(UsageError, match="GPUs here"):
        setting_for(f"cuda:{count}")
    with pytest.raises(UsageError, match="GPUs here"):
        setting_for("cuda:97")


def test_a_worker_on_the_cpu_sees_no_gpu(train: Train) -> None:
    found = train("assert torch.cuda.device_count() == 0; raise OSError('none')", "cpu")
    assert "OSError" in found.message
    assert "none" in found.message


def test_a_gpu_costs_no_level_of_the_sandbox() -> None:
    levels = {}
    for device in ("", "cuda"):
        launcher = new_launcher(device=device)
        levels[device] = launcher.level
        launcher.close()
    assert levels["cuda"] == levels[""]


@pytest.mark.parametrize(
    "tried",
    [
        f"open({str(LINES / 'rubric.yaml')!r}).read()",
        "open('/etc/shadow').read()",
        "os.listdir('/root') and open('/root/.bashrc').read()",
        "socket.create_connection(('127.0.0.1', 22), 1)",
        "os.execv('/bin/true', ['true'])",
        "os.open('/dev/mem', os.O_RDWR)",
    ],
)
def test_with_a_gpu_the_sandbox_stays_closed(train: Train, launcher: Launcher, tried: str) -> None:
    """Each is refused while CUDA is in use; the training after it goes on."""
    if launcher.level < 2:
        pytest.skip("this system gives no sandbox")
    refused = f"""torch.zeros(1, device="cuda")
    try:
        {tried}
    except OSError:
        pass
    else:
        raise AssertionError("it was allowed")"""
    found = train(refused)
    assert found.status is Status.PASSED, found


def test_the_same_seed_gives_the_same_numbers(train: Train) -> None:
    first, again = (train().training for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.runs[0].metrics == again.runs[0].metrics


def test_a_card_that_is_full_is_an_outcome_of_its_own(train: Train) -> None:
    found = train("torch.zeros(1 << 45, device='cuda')")
    assert found.status is Status.OUT_OF_MEMORY
    assert "GiB" in found.message or "TiB" in found.message or "bytes" in found.message


def test_the_book_finds_the_device(train: Train) -> None:
    found = train("from d2l import torch as d2l; assert d2l.try_gpu().type == 'cuda', d2l.try_gpu()")
    assert found.status is Status.PASSED, found


def test_a_grader_that_uses_the_gpu_itself_still_starts_workers(train: Train) -> None:
    """The trusted side paints on it, too: a worker is no fork of a process that touched CUDA."""
    assert float(torch.ones(3, device="cuda").sum()) == 3
    found = train()
    assert found.status is Status.PASSED, found


def test_a_net_that_is_watched_is_tried_where_it_trains(train: Train) -> None:
    found = train()
    assert found.training is not None
    (curve,) = found.training.curves
    assert len(curve.values) == 41
    assert curve.values[-1] < curve.values[0] / 10


@pytest.mark.slow
@pytest.mark.parametrize("size", ["cpu", "gpu"])
def test_the_course_trains_and_repeats_itself(course: Course, launcher: Launcher, size: str) -> None:
    right = load_submission(REPOSITORY / "reference", course.rubric, name="reference")
    examiner = Examiner(course, exercises=frozenset({"13.2.3"}), training=Setting(size, "cuda"))
    found: list[Examined] = []
    examiner.examine(
        [worker_task(right, launcher, items=frozenset({("13.2.3", "trained")}))] * 2, found.append
    )
    one, two = (f.outcomes[0] for f in found)
    assert (one.status, two.status) == (Status.PASSED, Status.PASSED), one
    assert one.training is not None
    assert two.training is not None
    for a, b in zip(one.training.runs[0].metrics, two.training.runs[0].metrics, strict=True):
        assert a.value == pytest.approx(b.value, abs=0.02)
