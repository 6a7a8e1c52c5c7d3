"""A module's source → its mutants: one small change each, in a definition that a check depends on.

Left as they are: docstrings, annotations, what is raised and its text, and written answers.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from grader.mutation.operators import GUARDS, mutations
from grader.rubric import Section
from grader.template import ANSWER

_Node = TypeVar("_Node", bound=ast.AST)

FRAGMENT = 120  # characters of a line that shows a change

Items = frozenset[tuple[str, str]]
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Target:
    """A top-level definition that is mutated, and the items (exercise, item) whose checks judge it."""

    section: str
    name: str
    items: Items


@dataclass(frozen=True)
class Mutant:
    """One small change of a definition.

    line         of the module, where the change is
    old, new     the change with as much around it as fits a line, at most its statement (of a compound one the head)
    span, text   the definition's lines (first, last) in the module, and what they become
    """

    target: Target
    line: int
    old: str
    new: str
    span: tuple[int, int]
    text: str

    def source(self, module: str) -> str:
        """The whole module with this change."""
        lines = module.splitlines(keepends=True)
        first, last = self.span
        return "".join([*lines[: first - 1], self.text + "\n", *lines[last:]])


def mutants(section: Section, source: str) -> tuple[list[Mutant], list[str]]:
    """Every mutant of a reference module, and the names of definitions that no check depends on."""
    tree = ast.parse(source)
    definitions = _definitions(tree)
    items = _judged_by(section, definitions)
    modules = frozenset(_imported_names(tree))
    found: list[Mutant] = []
    for name, node in definitions.items():
        if items[name]:
            found += _of_definition(Target(section.id, name, items[name]), node, modules)
    return found, [name for name in definitions if not items[name]]


def sample(found: Sequence[Mutant], count: int) -> list[Mutant]:
    """`count` mutants of each definition, the same ones every time."""
    by_target: dict[Target, list[Mutant]] = {}
    for mutant in found:
        by_target.setdefault(mutant.target, []).append(mutant)
    return [m for group in by_target.values() for m in sorted(group, key=_lot)[:count]]


def _lot(mutant: Mutant) -> bytes:
    return hashlib.sha256(mutant.text.encode()).digest()


# ---------------------------------------------------------------- which definitions, judged by which items


def _definitions(tree: ast.Module) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and not ANSWER.match(target.id):
                found[target.id] = node
    return found


def _judged_by(section: Section, definitions: dict[str, Definition]) -> dict[str, Items]:
    """Items of a graded function judge it and the helpers it reaches without passing another graded function."""
    graded = {f.name for f in section.functions}
    items: dict[str, set[tuple[str, str]]] = {name: set() for name in definitions}
    for exercise in section.exercises:
        for item in exercise.items:
            for function in () if item.written or item.train else item.functions:
                for name in _reached(function, definitions, graded):
                    items[name].add((exercise.id, item.id))
    return {name: frozenset(found) for name, found in items.items()}


def _reached(function: str, definitions: dict[str, Definition], graded: set[str]) -> set[str]:
    found, waiting = set[str](), [function] if function in definitions else []
    while waiting:
        name = waiting.pop()
        found.add(name)
        used = {n.id for n in ast.walk(definitions[name]) if isinstance(n, ast.Name)}
        waiting += sorted((used & definitions.keys()) - graded - found)
    return found


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0]


# ---------------------------------------------------------------- one definition


@dataclass(frozen=True)
class _Slot:
    """A place in the tree that holds a node; `around` are the nodes it lies in, its statement first."""

    parent: ast.AST
    field: str
    index: int | None
    around: tuple[ast.AST, ...]
    line: int

    def get(self) -> ast.AST:
        held: Any = getattr(self.parent, self.field)
        found: ast.AST = held if self.index is None else held[self.index]
        return found

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def _of_definition(target: Target, node: Definition, modules: frozenset[str]) -> Iterator[Mutant]:
    whole = ast.Module([node], [])  # so that the definition itself has a slot
    decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
    first = min([node.lineno, *(d.lineno for d in decorators)])
    span = (first, node.end_lineno or node.lineno)
    seen = {ast.unparse(whole)}
    for slot in list(_slots(whole, (), node.lineno)):
        original = slot.get()
        shown = next((n for n in slot.around if len(_text(n)) <= FRAGMENT), slot.around[-1])
        old = _text(shown)
        for changed in mutations(original, modules):
            slot.put(changed)
            text = ast.unparse(whole)
            new = _text(changed if shown is original else shown)
            slot.put(original)
            if text not in seen and _compiles(text):
                seen.add(text)
                yield Mutant(target, slot.line, old, new, span, text)


def _slots(parent: ast.AST, around: tuple[ast.AST, ...], line: int) -> Iterator[_Slot]:
    for field, held in ast.iter_fields(parent):
        if field in _LEFT_ALONE:
            continue
        children = list(enumerate(held)) if isinstance(held, list) else [(None, held)]
        for index, child in children:
            if (
                not isinstance(child, ast.AST)
                or _is_docstring(parent, field, index, child)
                or _is_guard(child)
            ):
                continue
            inner = (child,) if isinstance(child, ast.stmt) else (*around, child)
            at = getattr(child, "lineno", line)
            yield _Slot(parent, field, index, inner, at)
            if not isinstance(child, ast.Raise):
                yield from _slots(child, inner, at)


# Annotations; what decorates, is inherited or caught; and operators, which change with their expression
_LEFT_ALONE = frozenset({
    "annotation", "returns", "type_comment", "type_params", "ctx", "decorator_list", "bases", "type", "op", "ops",
})  # fmt: skip


def _is_docstring(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> bool:
    holder = isinstance(parent, (ast.FunctionDef, ast.ClassDef)) and field == "body" and index == 0
    return holder and isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def _is_guard(child: ast.AST) -> bool:
    return isinstance(child, ast.keyword) and child.arg in GUARDS


_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def _text(node: ast.AST) -> str:
    """One line for a node; of a compound statement its head, of a function without the annotations."""
    if isinstance(node, ast.stmt) and hasattr(node, "body"):
        node = _changed(node, **{f: [] for f in _BODIES if hasattr(node, f)})
    if isinstance(node, ast.FunctionDef):
        node = _changed(node, args=_bare(node.args), returns=None)
    text = ast.unparse(_bare(node) if isinstance(node, ast.arguments) else node)
    return " ".join(line.strip() for line in text.splitlines())


def _bare(arguments: ast.arguments) -> ast.arguments:
    lists = ("posonlyargs", "args", "kwonlyargs")
    return _changed(arguments, **{f: [ast.arg(a.arg) for a in getattr(arguments, f)] for f in lists})


def _changed(node: _Node, **fields: Any) -> _Node:
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
