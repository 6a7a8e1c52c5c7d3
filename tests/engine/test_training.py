"""Training tasks: run when asked for, judged by thresholds, repeated near them, stopped when they diverge."""

from __future__ import annotations

import io
import json

import pytest
import torch
from conftest import REPOSITORY, submission
from rich.console import Console

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.loader import load_submission
from grader.model import Metric, Outcome, Score, Status, TrainingRun
from grader.report.data import as_data, as_json, from_data
from grader.report.stored import first_problem
from grader.report.terminal import report
from grader.report.training import sparkline
from grader.scoring import score
from grader.training import Setting, is_near, mean_metrics, setting_for

LINES = REPOSITORY / "tests" / "engine" / "training_course"
RIGHT = (LINES / "reference" / "s01_lines.py").read_text()
SLOPE = "def slope(): return 2.0\n"


@pytest.fixture(scope="module")
def lines() -> Course:
    return Course(LINES)


@pytest.fixture
def train(lines: Course, launcher: Launcher) -> object:
    def run(
        source: str, *, setting: Setting | None = None, heard: list[str] | None = None, training: bool = True
    ) -> Score:
        made = submission(lines, s01_lines=source)
        found: list[Examined] = []
        examiner = Examiner(
            lines,
            training=(setting or Setting()) if training else None,
            progress=lambda _, text: heard.append(text) if heard is not None else None,
        )
        examiner.examine([worker_task(made, launcher)], found.append)
        return score(lines.rubric, made, found[0].outcomes, remarks=found[0].remarks)

    return run


def outcome(found: Score) -> Outcome:
    return next(o for i in found.items if i.item == "train" for o in i.outcomes)


def told(found: Score, lines: Course) -> str:
    console = Console(width=120, file=io.StringIO())
    with console.capture() as said:
        console.print(report(found, lines.rubric))
    return said.get()


def test_a_quick_check_after_a_training_is_none(lines: Course, launcher: Launcher) -> None:
    """The next submission's quick check needs no run, as its answers are known: nothing of the training sticks to it."""
    found: list[Examined] = []
    made = submission(lines, s01_lines=RIGHT)
    Examiner(lines, training=Setting()).examine([worker_task(made, launcher)] * 2, found.append)
    for each in found:
        trained = {o.item: o.training is not None for o in each.outcomes}
        assert trained == {"slope": False, "train": True}


def test_without_being_asked_it_is_not_run_and_costs_nothing(train, lines):
    found = train(RIGHT, training=False)
    item = next(i for i in found.items if i.item == "train")
    assert item.status is Status.NOT_RUN
    assert not item.outcomes
    assert (found.confirmed, found.possible, found.not_run) == (1, 1, 2)
    assert "1 of 1 points confirmed" in told(found, lines)
    assert "2 points of training tasks were not run" in told(found, lines)
    data = as_data(found, lines.rubric)
    assert data["points"] == {"confirmed": 1, "provisional": 1, "possible": 1, "not_run": 2}
    assert first_problem(data, "result-1") == ""
    assert json.loads(as_json(from_data(data), lines.rubric)) == json.loads(json.dumps(data))


def test_what_is_not_written_is_not_attempted_even_when_nothing_trains(train):
    found = train(SLOPE, training=False)
    assert {i.item: i.status for i in found.items}["train"] is Status.NOT_ATTEMPTED
    assert found.not_run == 0


def test_right_code_reaches_the_threshold(train, lines):
    heard: list[str] = []
    found = train(RIGHT, heard=heard)
    assert outcome(found).status is Status.PASSED
    assert (found.confirmed, found.possible, found.not_run) == (3, 3, 0)
    training = outcome(found).training
    assert training is not None
    (run,) = training.runs
    assert run.metrics[0].value < 0.05
    (curve,) = training.curves
    assert len(curve.values) == 41
    assert curve.values[0] > 10 * curve.values[-1]
    assert training.pictures[0].width == 8
    assert heard[0] == "1.1.1"
    assert "1.1.1 epoch 1/40" in heard
    assert "measured" in told(found, lines)
    data = json.loads(as_json(found, lines.rubric))
    assert first_problem(data, "result-1") == ""
    assert json.loads(as_json(from_data(data), lines.rubric)) == json.loads(json.dumps(data))


@pytest.mark.parametrize("body", ["return net", "return net.requires_grad_(False)"])
def test_a_net_that_was_not_trained_fails_with_the_metric_and_the_hint(train, body, lines):
    found = train(SLOPE + f"def fit(net, x, y, epochs):\n    {body}\n")
    assert outcome(found).status is Status.FAILED
    assert "wanted at most 0.1" in outcome(found).message
    assert outcome(found).hint == "Is the learning rate large enough?"
    assert "learning rate large enough" in told(found, lines)


def test_divergence_stops_at_once_and_names_the_epoch(train):
    source = SLOPE + RIGHT.replace("0.5", "1e9")
    found = outcome(train(source))
    assert found.status is Status.FAILED
    assert "epoch 2" in found.message or "epoch 3" in found.message
    assert "learning rate" in found.hint


def test_nan_is_named(train):
    source = SLOPE + RIGHT.replace("((net(x) - y) ** 2)", "(net(x) - y - 100).sqrt()")
    found = outcome(train(source))
    assert found.status is Status.FAILED
    assert "NaN" in found.message


@pytest.mark.slow
def test_a_training_without_end_is_ended_and_the_next_item_lives(train):
    found = train(SLOPE + "def fit(net, x, y, epochs):\n    while True: pass\n")
    assert outcome(found).status is Status.TIMED_OUT
    assert {i.item: i.status for i in found.items}["slope"] is Status.PASSED


@pytest.mark.slow  # sleeps for more than three times the CPU time it may use
def test_a_training_that_has_to_wait_for_the_machine_is_not_ended(train):
    found = outcome(
        train(
            SLOPE + "import time\n" + RIGHT.replace("    net.train()", "    time.sleep(13)\n    net.train()")
        )
    )
    assert found.status is Status.PASSED, found.message


def test_memory_is_limited_and_the_report_says_what_was_asked_for(train):
    found = outcome(train(SLOPE + "import torch\ndef fit(net, x, y, epochs):\n    torch.zeros(2 << 30)\n"))
    assert found.status is Status.OUT_OF_MEMORY
    assert "8589934592" in found.message


def test_a_prerequisite_that_failed_explains_a_failure(train):
    found = outcome(train("def slope(): return 3.0\ndef fit(net, x, y, epochs): return net\n"))
    assert found.status is Status.SKIPPED


def test_the_same_seed_gives_the_same_and_another_repetition_other_numbers(train):
    first, again = (outcome(train(RIGHT)).training.runs[0].metrics for _ in range(2))
    other = outcome(train(RIGHT, setting=Setting(repetition=1))).training.runs[0].metrics
    assert first == again != other


def test_another_number_of_threads_gives_the_same_outcome(train, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    one, two = (outcome(train(f"import torch\ntorch.set_num_threads({n})\n" + RIGHT)) for n in (1, 2))
    assert one.status is two.status is Status.PASSED, one
    assert one.training.runs[0].metrics[0].value == pytest.approx(
        two.training.runs[0].metrics[0].value, abs=1e-6
    )


CHEATS = {
    "says it is exact": "    net.error = 0.0\n    print('error: 0.0')\n    return net, {'error': 0.0}\n",
    "answers a constant": "    return lambda x: torch.full_like(x, 2.0)\n",
    "learns the pictures by heart": """    known = {a.numpy().tobytes(): b for a, b in zip(x, y)}
    return lambda q: torch.stack([known.get(a.numpy().tobytes(), torch.zeros(1)) for a in q])
""",
    "looks for labels on the disk": """    found = []
    for start in (COURSE, os.getcwd(), os.path.expanduser("~"), "/tmp", "/var/tmp"):
        for folder, _, names in os.walk(start):
            found += [os.path.join(folder, n) for n in names if "label" in n or n.endswith((".pt", ".csv"))]
            found += [folder] if "rubric.yaml" in names or "test_train_s01_lines.py" in names else []
    return (lambda q: 2 * q + 1) if found else net
""",
    "looks for labels in memory": """    tensors = [t for t in gc.get_objects() if isinstance(t, torch.Tensor)]
    wanted = [t for t in tensors if t.shape == (16, 1)]
    return lambda q: next((t for t in wanted if (t > 1).all()), torch.zeros_like(q))
""",
    "bends the measure": """    torch.Tensor.abs = torch.abs = lambda *a, **k: torch.zeros(())
    torch.Tensor.__sub__ = lambda a, b: a * 0
    return net
""",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_earns_nothing(train, cheat):
    head = f"import gc, os, torch\nCOURSE = {str(LINES)!r}\n"
    found = train(head + SLOPE + "def fit(net, x, y, epochs):\n" + CHEATS[cheat])
    item = next(i for i in found.items if i.item == "train")
    assert item.status not in (Status.PASSED, Status.GRADER_ERROR)
    assert item.earned == 0


def test_both_runs_are_in_the_report(train, lines):
    close = "def fit(net, x, y, epochs):\n    net.weight.data.fill_(2); net.bias.data.fill_(1.08)\n    return net\n"
    found = train(SLOPE + close)
    said = told(found, lines)
    assert outcome(found).status is Status.PASSED
    assert "measured" in said
    assert "and again" in said
    (exercise,) = as_data(found, lines.rubric)["exercises"]
    (training,) = [o["training"] for i in exercise["items"] for o in i["checks"] if "training" in o]
    assert len(training["runs"]) == 2


def test_a_training_begins_in_a_process_of_its_own(train):
    spoiled = RIGHT.replace("return 2.0", "torch.nn.Module.__call__ = None; return 2.0")
    assert outcome(train(spoiled)).status is Status.PASSED


def test_the_scene_is_set_before_the_files_run(train):
    found = train("import scene\nassert scene.value == 7\n" + RIGHT)
    assert outcome(found).status is Status.PASSED


def test_near_the_threshold_it_runs_once_more_and_the_mean_decides(train):
    close = (
        "def fit(net, x, y, epochs):\n    import torch\n    net = torch.nn.Linear(1, 1)\n"
        "    net.weight.data.fill_(2); net.bias.data.fill_({})\n"
        "    return net\n"
    )
    passed, failed = (outcome(train(SLOPE + close.format(bias))) for bias in (1.08, 1.12))
    assert [len(o.training.runs) for o in (passed, failed)] == [2, 2]
    assert (passed.status, failed.status) == (Status.PASSED, Status.FAILED)
    assert "mean of 2 runs" in failed.message


def test_a_calibration_measures_and_judges_nothing(train):
    found = outcome(train(SLOPE + "def fit(net, x, y, epochs): return net\n", setting=Setting(judging=False)))
    assert found.status is Status.PASSED
    assert not found.training.runs[0].metrics[0].reached


@pytest.mark.parametrize(
    ("values", "near"), [((0.5, 0.9), False), ((0.79, 0.9), True), ((0.79, 0.1), False), ((0.81, 0.9), True)]
)
def test_only_what_a_second_run_could_change_is_near(values, near):
    bounds = ((0.8, 0.02), (0.5, 0.02))
    metrics = tuple(Metric("m", v, t, True, m) for v, (t, m) in zip(values, bounds, strict=True))
    assert is_near(metrics) is near


def test_means_are_taken_metric_by_metric():
    runs = [
        TrainingRun(i, (Metric("a", v, 1, True, 0), Metric("b", 2 * v, 1, True, 0)), 0, 0)
        for i, v in enumerate((1, 3))
    ]
    assert [m.value for m in mean_metrics(runs)] == [2, 4]


def test_sparklines_span_their_range_and_keep_the_last_value():
    assert sparkline((0, 0.5, 1), 0, 1) == "▁▅█"
    assert len(sparkline(tuple(range(100)), 0, 99)) == 24
    assert sparkline(tuple(range(100)), 0, 99)[-1] == "█"
    assert sparkline((3, 3), 3, 3) == "▁▁"


def test_a_device_that_is_not_there_is_refused():
    from grader.errors import UsageError

    with pytest.raises(UsageError, match="GPUs here"):
        setting_for("cuda:99")
    assert setting_for("cpu") == Setting("cpu", "cpu", "course")


def test_auto_takes_the_size_of_a_gpu_where_that_was_calibrated(course):
    from grader.rubric import Sizes

    rules = [i.train for _, _, i in course.rubric.rows() if i.train and i.train.gpu]
    measured = next(i.train.cpu.calibrated for _, _, i in course.rubric.rows() if i.train)
    plain = Sizes(cpu=rules[0].cpu, gpu=rules[0].gpu.model_copy(update={"calibrated": None}))
    trusted = Sizes(cpu=rules[0].cpu, gpu=rules[0].gpu.model_copy(update={"calibrated": measured}))
    none = Sizes(cpu=rules[0].cpu)
    assert [[r.size(a) for a in ("auto", "gpu", "cpu")] for r in (plain, trusted, none)] == [
        ["cpu", "gpu", "cpu"],
        ["gpu", "gpu", "cpu"],
        ["cpu", "cpu", "cpu"],
    ]
    assert trusted.budget("auto") is trusted.gpu
    assert plain.budget("auto") is plain.cpu


@pytest.mark.skipif(torch.cuda.is_available(), reason="the GPU starts here")
def test_a_gpu_that_does_not_start_in_the_sandbox_is_no_fault_of_the_student(train):
    found = outcome(train(RIGHT, setting=Setting(device="cuda")))
    assert found.status is Status.GRADER_ERROR
    assert "the GPU does not start" in found.message


@pytest.mark.slow
def test_quick_checks_and_training_each_have_their_own_support(course, launcher):
    """The reference answers both in one process: here, what its support paints for the training."""
    right = load_submission(REPOSITORY / "reference", course.rubric, name="reference")
    found: list[Examined] = []
    Examiner(course, exercises=frozenset({"13.12.3"}), training=Setting()).examine(
        [worker_task(right, launcher)], found.append
    )
    assert {o.status for o in found[0].outcomes} == {Status.PASSED}
