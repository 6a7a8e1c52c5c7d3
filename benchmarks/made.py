"""A made-up class: notebooks with answers to six exercises, some of them wrong.

The answers are pieces of `tests/submissions/`: the definitions of an exercise with all they refer to. There are a few for each
exercise. Each student describes them in words of their own, so that no two answers are the same code, or, in a class that is
`alike`, does not, as where many start from a book's code.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SUBMISSIONS = ROOT / "tests" / "submissions"

EXERCISES: dict[str, tuple[str, tuple[str, ...]]] = {
    "13.3.2": ("s03", ("box_corner_to_center", "box_center_to_corner")),
    "13.4.1": ("s04", ("multibox_prior",)),
    "13.4.2": ("s04", ("box_iou", "boxes_with_iou")),
    "13.7.1": ("s07", ("smooth_l1", "focal_loss", "calc_loss")),
    "13.10.1": ("s10", ("corr2d", "trans_conv")),
    "13.10.2": ("s10", ("kernel2matrix", "conv_by_matmul", "trans_conv_by_matmul")),
}
"""exercise → file prefix of its section, and the functions that are written for it"""

SHARE_WRONG = 1 / 3


@dataclass(frozen=True)
class Notebook:
    """A student's notebook: exercise → source of its cell; `wrong` names the mistake, "" where there is none."""

    student: str
    cells: dict[str, str]
    wrong: str

    def as_ipynb(self) -> str:
        """As the student would hand it in: a heading and a cell for each exercise."""
        cells = []
        for exercise, source in self.cells.items():
            cells += [
                nbformat.v4.new_markdown_cell(f"## Exercise {exercise}", id=f"h{_slug(exercise)}"),
                nbformat.v4.new_code_cell(source, id=f"c{_slug(exercise)}"),
            ]
        return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def made_class(count: int, *, alike: bool = False) -> Iterator[Notebook]:
    """`count` different notebooks; the same ones every time. `alike`: they differ in comments, and in who took which answer."""
    chance = random.Random(13)
    right = {e: _pieces(prefix, names) for e, (prefix, names) in EXERCISES.items()}
    mistakes = list(_mistakes())
    for number in range(count):
        cells = {e: chance.choice(found) for e, found in right.items()}
        wrong = ""
        if chance.random() < SHARE_WRONG:
            exercise, wrong, source = chance.choice(mistakes)
            cells[exercise] = f"{cells[exercise]}\n\n{source}"
        student = f"s{number:05}"
        named = {e: source if alike else _in_own_words(source, student) for e, source in cells.items()}
        cells = {e: f"{source}\n# {student}" for e, source in named.items()}
        yield Notebook(student, cells, wrong)


def write_class(folder: Path, notebooks: Iterable[Notebook]) -> None:
    folder.mkdir(parents=True)
    for notebook in notebooks:
        (folder / f"{notebook.student}.ipynb").write_text(notebook.as_ipynb(), encoding="utf-8")


def _pieces(prefix: str, names: tuple[str, ...]) -> list[str]:
    """Every right variant's definitions of `names`, and what these refer to."""
    found = []
    for path in sorted((SUBMISSIONS / "right").glob(f"{prefix}_*.py")):
        source = path.read_text(encoding="utf-8")
        if "solution" not in source and set(names) <= _top_names(ast.parse(source)).keys():
            found.append(_closure(source, names))
    return found


def _mistakes() -> Iterator[tuple[str, str, str]]:
    """(exercise, name of the mistake, source) of wrong submissions that stand alone."""
    for exercise, (prefix, names) in EXERCISES.items():
        for path in sorted((SUBMISSIONS / "wrong").glob(f"{prefix}_*.py")):
            source = path.read_text(encoding="utf-8")
            defined = _top_names(ast.parse(source)).keys() & set(names)
            if defined and "solution" not in source and f"loses: {exercise}/" in source:
                yield exercise, path.stem, _closure(source, tuple(sorted(defined)))


def _closure(source: str, names: tuple[str, ...]) -> str:
    """The top-level statements that define `names`, with the ones they need, in their order."""
    tree = ast.parse(source)
    known, needed = _top_names(tree), set()
    waiting = list(names)
    while waiting:
        statement = known[waiting.pop()]
        if statement in needed:
            continue
        needed.add(statement)
        waiting += [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id in known]
    return "\n\n".join(ast.get_source_segment(source, s) or "" for s in tree.body if s in needed)


def _top_names(tree: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).split(".")[0]: statement for a in statement.names}
        elif isinstance(statement, ast.Assign):
            found |= {t.id: statement for t in statement.targets if isinstance(t, ast.Name)}
    return found


def _in_own_words(source: str, student: str) -> str:
    """The same with a student's own docstrings, which make code different for the grader."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            statement.body.insert(0, ast.Expr(ast.Constant(f"As {student} thinks.")))
    return ast.unparse(tree)


def _slug(exercise: str) -> str:
    return exercise.replace(".", "-")
