"""The mutator: which small mistakes it makes, who judges them, and when the proof fails."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import TINY
from rich.console import Console
from test_cli import grade

from grader.course import Course
from grader.errors import CourseError, UsageError
from grader.model import Status
from grader.mutation.generate import Mutant, Target, mutants, sample
from grader.mutation.listed import load_listed, sort_survivors, without_free
from grader.mutation.operators import mutations
from grader.mutation.page import updated
from grader.mutation.proof import prove_judgement
from grader.mutation.report import Result, Row, problems
from grader.mutation.run import Verdict

TOTAL = frozenset({("1.1.1", "total"), ("1.1.1", "inputs")})


def _of_tiny(source: str | None = None) -> list[Mutant]:
    course = Course(TINY)
    section = course.rubric.sections[0]
    return mutants(section, source or course.reference_file(section).read_text())[0]


def _mistakes(statement: str) -> set[str]:
    """Everything the operators make of a statement's nodes, one level at a time."""
    tree = ast.parse(statement)
    return {ast.unparse(new) for node in ast.walk(tree) for new in mutations(node, frozenset({"torch"}))}


# ---------------------------------------------------------------- operators


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a + b", {"a - b"}),
        ("a / b", {"a * b", "a // b"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a and b", {"a or b", "a", "b"}),
        ("-x", {"x"}),
        ("f(a, b)", {"f(b, a)"}),
        ("x.sum(dim=1)", {"x.mean(dim=1)", "x.sum()"}),
        ("x.clamp(low)", {"x"}),
        ("torch.exp(x)", {"x"}),
        ("max(a, b)", {"min(a, b)"}),
        ("a[low:high]", {":high", "low:", "low:high - 1"}),
        ("range(n)", {"range(n - 1)", "range(1, n)"}),
        ("[x for x in y if x]", {" for x in y"}),
        ("0", {"1"}),
        ("2", {"3", "1"}),
        ("0.5", {"1.0", "-0.5"}),
        ("True", {"False"}),
        ("[crop, flip]", {"[flip]", "[crop]", "[flip, crop]"}),
    ],
)
def test_the_mistakes_made_of_an_expression(right: str, wrong: set[str]) -> None:
    assert wrong <= _mistakes(right)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("x[0] = y", "pass"),
        ("x += y", "x -= y"),
        ("x += y", "x = y"),
        ("x = x.to(device)", "pass"),
        ("if not x:\n    raise ValueError('x')", "pass"),
        ("with torch.no_grad():\n    f()", "if True:\n    f()"),
        ("@torch.no_grad()\ndef f():\n    g()", "def f():\n    g()"),
    ],
)
def test_the_mistakes_made_of_a_statement(right: str, wrong: str) -> None:
    assert wrong in _mistakes(right)


@pytest.mark.parametrize(
    ("source", "trivial"),
    [
        ("x = 1 if a else b", "pass"),
        ("x = root / 'train'", "root * 'train'"),
        ("x = f(y)", "pass"),
        ("float(x)", "x"),
        ("max(a, b)", "max(b, a)"),
    ],
)
def test_what_would_only_crash_is_left_out(source: str, trivial: str) -> None:
    assert trivial not in _mistakes(source)


# ---------------------------------------------------------------- generating


SOURCE = '''"""1.1 Sums: 3 + 4."""

import torch

ZERO = 0.0


def total(x: "int | None") -> "1 + 1":
    """1.1.1 Adds 1 + 1."""
    if x is None:
        raise ValueError("at least 1 + 1")
    return x.sum() + ZERO  # a comment


answer_1_1_1 = """1 + 1"""
'''


def test_only_what_runs_is_mutated() -> None:
    changes = {(m.target.name, m.old, m.new) for m in _of_tiny(SOURCE)}
    assert changes == {
        ("ZERO", "ZERO = 0.0", "ZERO = 1.0"),
        ("total", "if x is None:", "if x is not None:"),
        ("total", "if x is None:", "pass"),
        ("total", "return x.sum() + ZERO", "return x.sum() - ZERO"),
        ("total", "return x.sum() + ZERO", "return x.mean() + ZERO"),
    }


def test_a_mutant_changes_one_definition_and_says_where() -> None:
    mutant = next(m for m in _of_tiny(SOURCE) if m.new == "return x.sum() - ZERO")
    changed = mutant.source(SOURCE)
    assert mutant.line == 12
    assert changed.startswith(SOURCE[: SOURCE.index("def total")])
    assert changed.endswith('\n\nanswer_1_1_1 = """1 + 1"""\n')
    assert "return x.sum() - ZERO" in changed
    assert ast.parse(changed)


def test_helpers_are_judged_by_the_items_that_reach_them() -> None:
    items = {m.target.name: m.target.items for m in _of_tiny()}
    assert items["total"] == TOTAL
    assert items["_Scaler"] == {("1.1.2", "scaler")}
    course = Course(TINY)
    _, unjudged = mutants(course.rubric.sections[0], SOURCE + "\n\ndef _unused():\n    return 1 + 1\n")
    assert unjudged == ["_unused"]


def test_a_sample_is_the_same_every_time() -> None:
    found = _of_tiny()
    assert sample(found, 2) == sample(list(reversed(found))[::-1], 2)
    by_name = [m.target.name for m in sample(found, 1)]
    assert len(by_name) == len(set(by_name)) == len({m.target for m in found})


# ---------------------------------------------------------------- the list, and when the proof fails


def _mutant(new: str) -> Mutant:
    return Mutant(Target("1.1", "total", TOTAL), 10, "return a", new, (9, 10), "…")


def _result(root: Path, *verdicts: Verdict) -> Result:
    row = Row(verdicts[0].mutant.target, len(verdicts))
    for verdict in verdicts:
        row.add(verdict)
    return Result((row,), sort_survivors(row.survivors, load_listed(Course(root))))


def _listing(tmp_path: Path, text: str) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mutants.yaml").write_text(text)
    return tmp_path


ENTRY = '"1.1":\n  total:\n    - {old: return a, new: return b, equivalent: equal for every input}\n'
KILLED = [Verdict(_mutant(f"return {i}"), "total_of_a_vector", Status.FAILED) for i in range(40)]


def test_an_explained_survivor_is_no_problem(tmp_path: Path) -> None:
    result = _result(_listing(tmp_path, ENTRY), *KILLED, Verdict(_mutant("return b")))
    assert list(problems(result, sampled=False)) == []
    assert result.share == 1
    page = updated("", {"1.1": result}, ["1.1"])
    assert "| `total` | 41 | 40 | 1 | 0 | 0 | 0 |" in page
    assert "| 1.1 | 41 | 40 | 1 | 0 | 0 | 0 | 100.0 % |" in page
    assert "*equivalent*: equal for every input" in page
    assert "+ return b" in page


def test_a_new_survivor_is_a_problem(tmp_path: Path) -> None:
    result = _result(
        _listing(tmp_path, ENTRY), *KILLED, Verdict(_mutant("return b")), Verdict(_mutant("return c"))
    )
    (problem,) = problems(result, sampled=True)
    assert problem == "1.1 total, line 10: survived\n    - return a\n    + return c"


def test_an_entry_explains_as_many_as_it_says(tmp_path: Path) -> None:
    result = _result(
        _listing(tmp_path, ENTRY), *KILLED, Verdict(_mutant("return b")), Verdict(_mutant("return b"))
    )
    assert len(result.sorted.explained) == len(result.sorted.unexplained) == 1


def test_an_entry_nothing_survives_by_is_a_problem(tmp_path: Path) -> None:
    result = _result(_listing(tmp_path, ENTRY), *KILLED)
    (problem,) = problems(result, sampled=False)
    assert "nothing survives by this entry" in problem
    assert list(problems(result, sampled=True)) == []


def test_too_many_missed_mistakes_miss_the_goal(tmp_path: Path) -> None:
    verdicts = (*KILLED[:3], Verdict(_mutant("return b")))
    missed = _result(_listing(tmp_path, ENTRY.replace("equivalent:", "missed:")), *verdicts)
    assert list(problems(missed, sampled=False)) == ["only 75.0 % of the mistakes are found, wanted 97 %"]


@pytest.mark.parametrize("kind", ["equivalent", "right"])
def test_what_must_not_be_killed_is_no_mistake(tmp_path: Path, kind: str) -> None:
    listing = _listing(tmp_path, ENTRY.replace("equivalent:", f"{kind}:"))
    assert list(problems(_result(listing, *KILLED[:3], Verdict(_mutant("return b"))), sampled=False)) == []


def test_a_check_that_breaks_has_not_killed(tmp_path: Path) -> None:
    broken = Verdict(_mutant("return b"), "total_of_a_vector", Status.GRADER_ERROR, "TypeError: …")
    result = _result(_listing(tmp_path, ""), *KILLED, broken)
    assert result.killed == 40
    assert "the check total_of_a_vector broke: TypeError" in next(problems(result, sampled=True))


def test_what_the_task_leaves_open_is_no_mistake(tmp_path: Path) -> None:
    text = '"1.1": {total: [{free: "sum|mean", why: whatever you like}, {free: lost, why: nothing like it}]}'
    listed = load_listed(Course(_listing(tmp_path, text)))
    kept, counts = without_free([_mutant("x.sum()"), _mutant("x.max()"), _mutant("x.mean()")], listed)
    assert [m.new for m in kept] == ["x.max()"]
    assert counts == [2, 0]
    result = Result(
        (),
        sort_survivors([], listed),
        tuple((p, e, n) for (p, e), n in zip(listed.free, counts, strict=True)),
    )
    assert list(problems(result, sampled=False)) == [
        "tests/mutants.yaml: 1.1 total: no mutant matches free: lost"
    ]
    assert "| `total` | 2 | whatever you like |" in updated("", {"1.1": result}, ["1.1"])


def test_a_section_run_again_replaces_its_part_of_the_page(tmp_path: Path) -> None:
    course = _listing(tmp_path, ENTRY)
    few, many = _result(course, *KILLED[:3]), _result(course, *KILLED)
    page = updated(updated("", {"1.2": few}, ["1.1", "1.2", "1.3"]), {"1.1": few}, ["1.1", "1.2", "1.3"])
    assert page.index("## 1.1") < page.index("## 1.2")
    assert updated(page, {}, ["1.1", "1.2", "1.3"]) == page  # nor does it grow
    assert "Not run yet: 1.3." in page
    again = updated(page, {"1.1": many, "1.3": few}, ["1.1", "1.2", "1.3"])
    assert "| **all** | 46 | 46 |" in again
    assert "| `total` | 40 | 40 |" in again.split("## 1.2")[0].split("## 1.1")[1]
    assert again.split("## 1.2")[1].startswith(page.split("## 1.2")[1].rstrip())


def test_no_other_file_is_taken_for_the_page(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Notes\n\n## Mutants\n\nI like them.\n")
    with pytest.raises(UsageError, match="no page of grade mutants"):
        prove_judgement(Course(TINY), out=notes, console=Console())
    assert notes.read_text().endswith("I like them.\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1: [", "not valid YAML"),
        ('"1.1": {total: [{old: a, new: b}]}', r"1.1.total.0.*one reason of equivalent, right, missed"),
        (ENTRY.replace("}", ", right: as it may be}"), r"1.1.total.0.*one reason"),
        ('"1.1": {total: [{free: "(", why: whatever you like}]}', "no regular expression"),
        ('"1.1": {total: [{old: a, new: b, why: no}]}', r"1.1.total.0.*why"),
        (ENTRY.replace("equal for every input", "it is"), r"1.1.total.0.*at least 10"),
        (ENTRY + ENTRY.split("\n", 2)[2], "listed twice"),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        load_listed(Course(_listing(tmp_path, text)))


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_every_mutant_of_a_function_is_killed() -> None:
    done = grade("mutants", "--function", "mean", "--course", TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mean" in done.stdout
    assert "2 of 2 mutants killed" in done.stdout


@pytest.mark.slow
def test_a_survivor_makes_the_command_fail_until_it_is_listed(tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "course"))
    reference = root / "reference" / "s01_sums.py"
    reference.write_text(reference.read_text().replace("return x.sum()", "return x.flip(0).sum()"))
    arguments = ("mutants", "--function", "total", "--course", root)
    done = grade(*arguments)
    assert done.returncode == 1
    assert "1.1 total, line 9: survived\n    - return x.flip(0).sum()\n    + return x.sum()" in done.stdout
    (root / "tests" / "mutants.yaml").write_text(
        '"1.1": {total: [{old: return x.flip(0).sum(), new: return x.sum(), equivalent: sums know no order}]}'
    )
    done = grade(*arguments)
    assert done.returncode == 0, done.stdout
    assert "of the others 1 equivalent, 0 right, 0 missed, 0 not explained" in done.stdout


@pytest.mark.slow
def test_the_whole_tiny_course_is_judged_well(tmp_path: Path) -> None:
    done = grade("mutants", "--out", tmp_path / "mutants.md", "--course", TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "`total`" in (tmp_path / "mutants.md").read_text()


@pytest.mark.slow
def test_a_reference_that_loses_proves_nothing(tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "course"))
    reference = root / "reference" / "s01_sums.py"
    reference.write_text(reference.read_text().replace("return total(x) / len(x)", "return total(x) / 2"))
    done = grade("mutants", "--function", "mean", "--course", root)
    assert done.returncode == 2
    assert "the reference of 1.1 itself loses 1.1.1/mean" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"count": 1, "out": Path("mutants.md")}, "--out wants whole sections"),
        ({"functions": ["nothing"]}, "nothing to mutate: no function nothing"),
        ({"sections": ["1.9"]}, "no exercise or section '1.9'"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prove_judgement(Course(TINY), console=Console(), **arguments)
