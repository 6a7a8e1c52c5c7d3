"""The proof of judgement: mutate, grade, sort, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from grader.course import Course
from grader.errors import UsageError
from grader.files import write_text
from grader.mutation.generate import Mutant, Target, mutants, sample
from grader.mutation.listed import load_listed, sort_survivors, without_free
from grader.mutation.page import updated
from grader.mutation.report import HEADER, Result, Row, line, problems, total
from grader.mutation.run import Verdict, grade_mutants


def prove_judgement(
    course: Course,
    *,
    sections: Sequence[str] = (),
    functions: Sequence[str] = (),
    count: int | None = None,
    out: Path | None = None,
    console: Console,
) -> list[str]:
    """Grade the mutants of the chosen sections or definitions (all by default), `count` of each definition.

    Prints the table as it grows, writes these sections' parts of the Markdown page `out` and returns the problems.
    """
    if out is not None and (functions or count):
        raise UsageError("--out wants whole sections; leave out --function and --sample")
    page = _read(out)
    made, unjudged = _chosen(course, sections, functions)
    listed = load_listed(course)
    if sections or functions:
        listed = listed.of(m.target for m in made)
    found, left_out = without_free(made, listed)
    graded = sample(found, count) if count else found
    rows = _rows(graded)
    console.print(HEADER, markup=False)

    def done(verdict: Verdict) -> None:
        row = rows[verdict.mutant.target]
        row.add(verdict)
        if row.complete:
            console.print(line(row), markup=False)

    grade_mutants(course, graded, done=done, baseline=count is None)
    targets = list(rows)
    survivors = sorted(
        (m for r in rows.values() for m in r.survivors), key=lambda m: (targets.index(m.target), m.line)
    )
    free = tuple((place, entry, n) for (place, entry), n in zip(listed.free, left_out, strict=True))
    result = Result(tuple(rows.values()), sort_survivors(survivors, listed), free, tuple(unjudged))
    wrong = list(problems(result, sampled=count is not None))
    for problem in wrong:
        console.print(problem, markup=False, soft_wrap=True)
    console.print(total(result), markup=False)
    if out is not None:
        order = [s.id for s in course.rubric.sections]
        run = [s for s in order if any(r.target.section == s for r in result.rows)]
        write_text(out, updated(page, {s: result.of(s) for s in run}, order))
    return wrong


def _read(out: Path | None) -> str:
    """The page as it is, before an hour's work is done for it. Raises UsageError."""
    try:
        page = out.read_text(encoding="utf-8") if out is not None and out.exists() else ""
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"{out}: cannot be read: {e}") from e
    updated(page, {}, ())
    return page


def _rows(graded: Sequence[Mutant]) -> dict[Target, Row]:
    rows: dict[Target, Row] = {}
    for mutant in graded:
        row = rows.setdefault(mutant.target, Row(mutant.target, 0))
        row.mutants += 1
    return rows


def _chosen(
    course: Course, sections: Sequence[str], functions: Sequence[str]
) -> tuple[list[Mutant], list[tuple[str, str]]]:
    wanted = {course.rubric.section_of[e.id].id for s in sections for e in course.rubric.resolve(s)}
    found: list[Mutant] = []
    unjudged: list[tuple[str, str]] = []
    for section in course.rubric.sections:
        if sections and section.id not in wanted:
            continue
        made, others = mutants(section, course.reference_file(section).read_text(encoding="utf-8"))
        found += [m for m in made if not functions or m.target.name in functions]
        unjudged += [(section.id, name) for name in others]
    if not found:
        raise UsageError(f"nothing to mutate: no function {', '.join(functions)} in the chosen sections")
    return found, unjudged
