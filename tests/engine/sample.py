"""A class of made-up results on the tiny course: every status, and text that means harm. Nothing is graded for it."""

from __future__ import annotations

from dataclasses import replace

from grader.model import (
    ClassResult,
    Code,
    Counterexample,
    Curve,
    ItemScore,
    KeyPoint,
    Metric,
    Outcome,
    Picture,
    Remark,
    Score,
    Status,
    StudentResult,
    SubmissionStatus,
    Training,
    TrainingRun,
)
from grader.report.stored import student_result

HOSTILE = (
    "=cmd|' /C calc'!A0 <script>alert(1)</script> & ]]> | `x` **b** @all [a](http://x)\n"
    "::error::forged\n##[error]forged\n[[ATTACHMENT|/etc/passwd]]\n\x1b[2J\x07\x00\u202e,%0A\u2028end"
)
EXERCISES = ("1.1.1", "1.1.2")
FILE = "s01_sums.py"


def tensor(*values: float) -> dict[str, object]:
    """A described vector."""
    return {"kind": "tensor", "dtype": "float32", "shape": [len(values)], "values": list(values)}


def scalar(value: float) -> dict[str, object]:
    return {"kind": "tensor", "dtype": "float32", "shape": [], "values": value}


def passed(item: str, check: str, sentence: str, exercise: str = "1.1.1") -> Outcome:
    return Outcome(check, exercise, item, Status.PASSED, sentence, seconds=0.25)


TOTAL = passed("total", "total_of_a_vector", "total adds up all elements.")
NOTHING = passed("total", "total_of_nothing", "The total of an empty vector is 0.")
INPUTS = passed("inputs", "total_leaves_its_input_alone", "total does not change its input.")
MEAN = passed("mean", "mean_of_a_vector", "mean is the total divided by the number of elements.")
SCALER = passed("scaler", "scaler_scales", "The module multiplies its input by its one parameter.", "1.1.2")

EXAMPLE = Counterexample("total", (("1", tensor(0.0)),), scalar(1.0), scalar(0.0))
WRONG_TOTAL = replace(
    TOTAL,
    status=Status.FAILED,
    message="1, wanted 0 (difference 1, allowed 1e-05)",
    counterexample=EXAMPLE,
)
CODE = (
    Code("total", FILE, FILE, 1, "def total(x):\n    return x.sum() + 1"),
    Code("mean", FILE, FILE, 5, "def mean(x):\n    return total(x) / len(x)"),
)


def items(
    total: tuple[Outcome, ...], inputs: Outcome, mean: Outcome, scaler: Outcome, answer: str = ""
) -> tuple[ItemScore, ...]:
    """The five rows of the tiny rubric."""
    written = ItemScore("1.1.1", "written", None if answer else Status.NOT_ATTEMPTED, 0.0, 1.0 if answer else 0.0, 1.0,
                        key_points=(KeyPoint("undefined", bool(answer)),), answer=answer)  # fmt: skip
    return (_item(2.0, *total), _item(1.0, inputs), _item(2.0, mean), written, _item(2.0, scaler))


def _item(points: float, *outcomes: Outcome) -> ItemScore:
    status = next((o.status for o in outcomes if o.status is not Status.PASSED), Status.PASSED)
    share = 1.0 if status is Status.PASSED else 0.5 if any(o.convention for o in outcomes) else 0.0
    first = outcomes[0]
    return ItemScore(first.exercise, first.item, status, share * points, 0.0, points, outcomes)


def lost(outcome: Outcome, status: Status, message: str, **fields: object) -> Outcome:
    return replace(outcome, status=status, message=message, **fields)  # type: ignore[arg-type]  # fields of Outcome


ADA = Score("ada", items((TOTAL, NOTHING), INPUTS, MEAN, SCALER, "It is undefined."), code=CODE)
BO = Score(
    "bo",
    items(
        (WRONG_TOTAL,),
        INPUTS,
        lost(MEAN, Status.SKIPPED, "first mend 'total', which this builds on (5, wanted 4)"),
        lost(
            SCALER,
            Status.CRASHED,
            f"ValueError: {HOSTILE}",
            trace=(f"{FILE}:11 in make_scaler: raise ValueError(text)",),
            output=HOSTILE,
        ),
    ),
    (Remark(FILE, f"line 9: {HOSTILE}"),),
    (*CODE, Code("make_scaler", FILE, FILE, 10, f"def make_scaler(k):\n    # {HOSTILE[:60]}")),
)
CY = Score(
    "陈 小明",
    items(
        (
            TOTAL,
            lost(
                NOTHING,
                Status.FAILED,
                "convention differs: the empty sum is 1",
                convention="the empty sum is 1",
            ),
        ),
        lost(INPUTS, Status.FAILED, "total changed its input in place"),
        lost(MEAN, Status.TIMED_OUT, "still running after 10 s"),
        lost(SCALER, Status.NOT_ATTEMPTED, "make_scaler is not written yet"),
        "没有定义",
    ),
    code=(Code("total", "sums.ipynb", "cell 3", 1, "def total(x):\n    return x.sum()"),),
)
DEE = Score(
    "=dee",
    items(
        (TOTAL, NOTHING),
        INPUTS,
        MEAN,
        lost(SCALER, Status.GRADER_ERROR, "KeyError: 'x'", trace=("File check.py, line 3", "KeyError: 'x'")),
    ),
)
EVE = Score(
    "eve",
    items(
        (lost(TOTAL, Status.NOT_ATTEMPTED, "total is not written yet"),),
        lost(INPUTS, Status.NOT_ATTEMPTED, "total is not written yet"),
        lost(MEAN, Status.NOT_ATTEMPTED, "mean is not written yet"),
        lost(SCALER, Status.NOT_ATTEMPTED, "make_scaler is not written yet"),
    ),
)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=="
TRAINING = Training(
    "cpu",
    "cpu",
    "course",
    (TrainingRun(0, (Metric("accuracy", 0.91, 0.85, True, 0.01), Metric("loss ratio", 0.4, 0.3, False, 0.02)), 3.2, 2.9),),
    (
        Curve("accuracy", "training", (0.5, 0.7, 0.9)),
        Curve("accuracy", "held out <b>", (0.5, 0.6, 0.8)),
        Curve("accuracy", "held out", (0.5, 0.9, 0.99), claimed=True),
    ),
    (Picture("what the net sees", 2, 2, PNG),),
)  # fmt: skip
TRAINED = items((TOTAL, NOTHING), INPUTS, MEAN, replace(SCALER, training=TRAINING))
FRAN = Score(
    "fran",
    tuple(
        ItemScore("1.1.1", "mean", Status.NOT_RUN, 0.0, 0.0, 2.0) if i.item == "mean" else i for i in TRAINED
    ),
)
GUY = StudentResult("guy", SubmissionStatus.UNUSABLE, f"guy.zip: not a readable zip archive ({HOSTILE[:40]})")

CLASS = ClassResult(EXERCISES, (*(student_result(s.submission, s) for s in (ADA, BO, CY, DEE, EVE)), GUY))
