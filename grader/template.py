"""The student template, generated: stubs and notebooks from the reference and the rubric.

A stub has the signature and the docstring of the reference and raises NotImplementedError. Private helpers and
answers are left out; constants and the imports that signatures need stay.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import v4

from grader.course import Course
from grader.errors import CourseError, UsageError
from grader.files import write_text
from grader.rubric import Exercise, Section

ANSWER = re.compile(r"^answer_(\d+)_(\d+)_(\d+)$")
_EXERCISE = re.compile(r"\d+\.\d+\.\d+")
COPIED = (".jpg", ".jpeg", ".png", ".csv", ".md")


def stub_source(source: str, label: str = "reference") -> str:
    """The stub file for a reference module's source. Raises CourseError when it is no Python."""
    tree = _parse(source, label)
    pieces = [f'"""{ast.get_docstring(tree, clean=False) or ""}"""']
    body = [n for n in tree.body if not _is_docstring(n) and not _is_private(n)]
    stubs = [_stub(n, source) for n in body if not isinstance(n, ast.Import | ast.ImportFrom)]
    used = set(re.findall(r"\w+", "\n".join(stubs)))
    imports = [s for n in body if isinstance(n, ast.Import | ast.ImportFrom) and (s := _import(n, used))]
    if imports:
        pieces.append("\n".join(imports))
    return "\n\n\n".join(["\n\n".join(pieces), *stubs]) + "\n"


def stubs(source: str, label: str = "reference") -> dict[str, str]:
    """Public function or class → its stub: signature and docstring. Raises CourseError when `source` is no Python."""
    tree = _parse(source, label)
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not _is_private(n)]
    return {n.name: _stub(n, source) for n in found}


def _parse(source: str, label: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as e:
        raise CourseError(f"{label}:{e.lineno}: not Python: {e.msg}") from e


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_private(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name.startswith("_")
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return any(isinstance(t, ast.Name) and t.id.startswith("_") for t in targets)


def _import(node: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    """The import with the names the stubs still need; the course's own modules are the student's business."""
    general = {"torch", "nn", "F", "np"}
    names = [a for a in node.names if (a.asname or a.name).split(".")[0] in used | general]
    if isinstance(node, ast.ImportFrom):
        names = [a for a in names if re.fullmatch(r"s\d\d_\w+", node.module or "") is None]
        return ast.unparse(ast.ImportFrom(node.module, names, node.level)) if names else ""
    return ast.unparse(ast.Import(names)) if names else ""


def _stub(node: ast.stmt, source: str) -> str:
    if isinstance(node, ast.FunctionDef):
        return "\n".join(_stub_function(node, source, ""))
    if isinstance(node, ast.ClassDef):
        return "\n".join(_stub_class(node, source))
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and ANSWER.match(node.targets[0].id)
    ):
        return f'{node.targets[0].id} = """\n"""'
    return ast.get_source_segment(source, node) or ast.unparse(node)


def _stub_class(node: ast.ClassDef, source: str) -> Iterator[str]:
    yield from _head(node, source)
    doc = _docstring_lines(node, source)
    yield from doc
    methods = [
        m
        for m in node.body
        if isinstance(m, ast.FunctionDef) and (not m.name.startswith("_") or m.name.startswith("__"))
    ]
    for number, method in enumerate(methods):
        if number or doc:
            yield ""
        yield from _stub_function(method, source, "    ")
    if not methods and not doc:
        yield "    pass"


def _stub_function(node: ast.FunctionDef, source: str, indent: str) -> Iterator[str]:
    yield from _head(node, source)
    yield from _docstring_lines(node, source)
    yield f"{indent}    raise NotImplementedError"


def _head(node: ast.FunctionDef | ast.ClassDef, source: str) -> list[str]:
    """Decorators and signature as the reference has them."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = source.splitlines()[first - 1 : node.body[0].lineno - 1]
    if not lines:  # a one-liner: def f(x): return x
        clone = ast.parse(ast.unparse(node)).body[0]
        return ast.unparse(clone).splitlines()[:1]
    while lines and not lines[-1].rstrip().endswith(":"):  # comments between signature and body
        lines.pop()
    return lines


def _docstring_lines(node: ast.FunctionDef | ast.ClassDef, source: str) -> list[str]:
    first = node.body[0]
    if not _is_docstring(first):
        return []
    return source.splitlines()[first.lineno - 1 : first.end_lineno]


# ---------------------------------------------------------------- notebooks


def notebook_json(section: Section, stubs: str) -> str:
    """The notebook of a section: for every exercise its task, its stubs and a place for the written answer."""
    tree = ast.parse(stubs)
    by_exercise = _by_exercise(tree, stubs, section)
    cells = [_markdown(f"# {section.id} {section.title.en}\n\n{section.title.zh}", role="task")]
    preamble = by_exercise.get("", [])
    cells.append(_code("\n".join(preamble) if preamble else "import torch", f"{section.id}-imports"))
    for exercise in section.exercises:
        cells.append(_markdown(_task(exercise), role="task", exercise=exercise.id))
        functions = by_exercise.get(exercise.id, [])
        if functions:
            cells.append(_code(f"# {exercise.id}\n" + "\n\n\n".join(functions), exercise.id, exercise.id))
        if exercise.look:
            cells.append(_look(exercise))
        if any(i.written for i in exercise.items):
            cells.append(_markdown("", role="answer", exercise=exercise.id))
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {
        "display_name": "Python 3", "language": "python", "name": "python3"}})  # fmt: skip
    for number, cell in enumerate(cells):
        cell["id"] = f"{section.module[:3]}-{number:02d}"
    nbformat.validate(notebook)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _by_exercise(tree: ast.Module, source: str, section: Section) -> dict[str, list[str]]:
    """exercise id → the stubs of its functions; "" → imports and constants."""
    owner = {f: e.id for e in reversed(section.exercises) for i in reversed(e.items) for f in i.functions}
    found: dict[str, list[str]] = {}
    for node in tree.body:
        if _is_docstring(node) or (isinstance(node, ast.Assign) and _is_answer(node)):
            continue
        text = ast.get_source_segment(source, node) or ""
        place = ""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            named = _EXERCISE.match((ast.get_docstring(node) or "").strip())
            place = named[0] if named else owner.get(node.name, section.exercises[0].id)
        found.setdefault(place, []).append(text)
    return found


def _is_answer(node: ast.Assign) -> bool:
    return isinstance(node.targets[0], ast.Name) and ANSWER.match(node.targets[0].id) is not None


def _task(exercise: Exercise) -> str:
    parts = [
        f"## {exercise.id} {exercise.title.en}",
        exercise.task.en.strip(),
        f"**{exercise.title.zh}**",
        exercise.task.zh.strip(),
    ]
    questions = [i.question for i in exercise.items if i.question is not None]
    parts += [f"*In words (write below):* {q.en}\n\n*用文字回答（写在下面）：*{q.zh}" for q in questions]
    return "\n\n".join(parts)


def _markdown(text: str, *, role: str, exercise: str | None = None) -> nbformat.NotebookNode:
    grader = {"role": role} | ({"exercise": exercise} if exercise else {})
    return v4.new_markdown_cell(text, metadata={"grader": grader})


def _code(text: str, id: str, exercise: str | None = None) -> nbformat.NotebookNode:
    return v4.new_code_cell(text, metadata={"grader": {"exercise": exercise}} if exercise else {})


def _look(exercise: Exercise) -> nbformat.NotebookNode:
    """A cell that draws what the student's functions give."""
    heading = "# Run this to see what your functions give.  运行本单元格，看看你的函数给出什么。\n"
    metadata = {"grader": {"role": "look", "exercise": exercise.id}}
    return v4.new_code_cell(heading + exercise.look.strip(), metadata=metadata)


# ---------------------------------------------------------------- files


def template_files(course: Course) -> dict[str, str]:
    """file name → content of everything that is generated."""
    files = {}
    for section in course.rubric.sections:
        path = course.reference_file(section)
        if not path.is_file():
            raise CourseError(f"{path}: missing; every section of rubric.yaml needs its reference module")
        stubs = stub_source(path.read_text(encoding="utf-8"), str(path))
        files[f"{section.module}.py"] = stubs
        files[f"{section.module}.ipynb"] = notebook_json(section, stubs)
    return files


def outdated(course: Course) -> list[str]:
    """Generated files that are missing, differ from what would be generated now, or belong to no section."""
    files = template_files(course)
    stale = [n for n, text in files.items() if not _same(course.template / n, text)]
    present = [p.name for p in course.template.glob("*") if p.suffix in (".py", ".ipynb")]
    return stale + sorted(set(present) - files.keys())


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def make_template(course: Course) -> None:
    """Bring the generated files of student_template/ up to date."""
    files = template_files(course)
    for name, text in files.items():
        write_text(course.template / name, text)
    for path in course.template.glob("*"):
        if path.suffix in (".py", ".ipynb") and path.name not in files:
            path.unlink()


def copy_template(course: Course, target: Path) -> tuple[list[str], list[str]]:
    """Copy the template to `target`; files that are there already stay. Returns (written, kept) names."""
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is a file; wanted a folder to write the template to")
    written, kept = [], []
    try:
        for source in sorted(p for p in course.template.rglob("*") if p.suffix in (".py", ".ipynb", *COPIED)):
            name = source.relative_to(course.template)
            if (target / name).exists():
                kept.append(name.as_posix())
                continue
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
            written.append(name.as_posix())
    except OSError as e:
        raise UsageError(f"{target}: cannot be written ({e.strerror}); choose another place") from e
    return written, kept
