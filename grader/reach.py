"""What of a notebook the exercises of one section can reach: the rest is left out of their worker.

Left out are imports, functions, classes and assignments that nothing mentions which is kept. The rule is textual and generous: a
word in a comment or a string is enough, and what does something when it is run is always kept. Code that finds names by computing
them reaches everything.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath

from grader.model import Cell, Unit
from grader.source import Block, Broken, last_name, normal, parse, words
from grader.statements import Kind, Statement, Text, statements
from grader.traces import leaves_traces, root_of

_COMPUTES_NAMES = frozenset(
    {
        "__main__", "__import__", "__globals__", "importlib", "import_module", "runpy", "pkgutil", "inspect", "_getframe",
        "f_globals", "f_locals", "exec", "globals", "locals", "vars", "dir",
    }
)  # fmt: skip
_EVAL = re.compile(r"(?<![\w.])eval\s*\(")
"""`net.eval()` is something else"""
_NO_DATA = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_ASSIGNS = frozenset({Kind.CONSTANT, Kind.ALIAS, Kind.ASSIGN})
# What these decorators do concerns the function alone.
_PLAIN_DECORATORS = frozenset(
    {
        "no_grad", "inference_mode", "enable_grad", "staticmethod", "classmethod", "property", "dataclass", "lru_cache",
        "cache", "wraps", "contextmanager", "abstractmethod", "overload", "override",
    }
)  # fmt: skip


def can_be_narrowed(unit: Unit) -> bool:
    """A notebook read by its definitions, which run one by one; a .py file runs as it was written."""
    return PurePath(unit.path).suffix.lower() == ".ipynb"


@dataclass(frozen=True)
class _Piece:
    """A top-level statement.

    goes      when nothing mentions what it binds or changes
    runs      code of the notebook is called with it, which may hang or end the process
    computes  it may find names by computing them
    """

    cell: int
    node: ast.stmt
    binds: frozenset[str]
    mentions: frozenset[str] = frozenset()
    goes: bool = True
    runs: bool = False
    computes: bool = False


class Reach:
    """A notebook's statements, read once, and what each section reaches of them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._pieces: list[_Piece] = []
        self._binders: dict[str, list[_Piece]] = defaultdict(list)
        try:
            for piece in _pieces(unit.cells):
                self._pieces.append(piece)
                for name in piece.binds:
                    self._binders[name].append(piece)
        except Broken:  # it was to be Python
            self._pieces.clear()

    @cached_property
    def leaves_traces(self) -> bool:
        """Whether what one section needs or calls may be felt by another in the same worker."""
        if not self._pieces or any(piece.runs for piece in self._pieces):
            return True
        data = {n for p in self._pieces if not isinstance(p.node, _NO_DATA) for n in p.binds}
        return leaves_traces((p.node for p in self._pieces), data)

    def of(self, names: Collection[str], exercises: Collection[str]) -> Unit:
        """What is left for the exercises of a section: the same cells, lines and labels, with less in them.

        names      what their checks may call, aliases included
        exercises  their ids: of the cells that answer them, everything stays
        """
        if not self._pieces:
            return self._unit
        kept = [p for p in self._pieces if not p.goes or self._answers(p, exercises)]
        reached = {id(piece): piece for piece in kept}
        mentioned = set(names).union(*(piece.mentions for piece in kept))
        waiting = list(mentioned)
        while waiting:
            for piece in self._binders.get(waiting.pop(), ()):
                if id(piece) not in reached:
                    reached[id(piece)] = piece
                    waiting += piece.mentions - mentioned
                    mentioned |= piece.mentions
        if any(piece.computes for piece in reached.values()):
            return self._unit
        try:
            return replace(self._unit, cells=tuple(self._cells(reached.keys())))
        except Broken:  # a layout that blanking cannot follow
            return self._unit

    def _answers(self, piece: _Piece, exercises: Collection[str]) -> bool:
        """Whether it stands where one of these exercises is answered; imports serve what is written there."""
        own = self._unit.cells[piece.cell].exercise in exercises
        return own and not isinstance(piece.node, ast.Import | ast.ImportFrom)

    def _cells(self, reached: Collection[int]) -> Iterator[Cell]:
        pieces: dict[int, list[_Piece]] = defaultdict(list)
        for piece in self._pieces:
            pieces[piece.cell].append(piece)
        for i, cell in enumerate(self._unit.cells):
            gone = [p.node for p in pieces[i] if id(p) not in reached]
            if not gone:
                yield cell
            elif len(gone) == len(pieces[i]):
                yield replace(cell, source="")
            else:
                yield replace(cell, source=_without(cell.source, gone))


def _without(source: str, gone: list[ast.stmt]) -> str:
    """Blanked, last first: what stands behind on the same line moves."""
    text = Text(source)
    for node in reversed(gone):
        text.drop(node)
    left = str(text)
    if ";" in left or "\\" in left:  # statements that share a line
        parse(left)
    return left


def _pieces(cells: Collection[Cell]) -> Iterator[_Piece]:
    """Raises Broken when a cell is not Python."""
    found: list[tuple[int, ast.stmt, list[Statement], str]] = []
    for i, cell in enumerate(cells):
        text = Text(cell.source)
        for node in parse(cell.source).body:
            inner = list(statements(i, ast.Module([node], []), text))
            found.append((i, node, inner, text.segment(node)))
    own = {n for _, _, inner, _ in found for s in inner if s.kind is not Kind.IMPORT for n in s.binds}
    packages = {n for _, _, inner, _ in found for s in inner if s.kind is Kind.IMPORT for n in s.binds} - own
    imports: set[str] = set()
    for i, node, inner, source in found:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield _import(i, node, inner[0].binds, own, imports)
            continue
        binds = frozenset(n for s in inner for n in s.binds)
        changed = {s.changes for s in inner if s.changes in own}
        goes = not isinstance(node, Block) and all(_goes(s, own) for s in inner)
        runs = not goes or any(_runs(s, packages) for s in inner)
        mentions = words(source)
        yield _Piece(i, node, binds | changed, mentions, goes, runs, _computes_names(source, mentions))


def _import(
    cell: int, node: ast.Import | ast.ImportFrom, binds: frozenset[str], own: set[str], earlier: set[str]
) -> _Piece:
    """One that is there already is not needed `again`; some are needed whatever is mentioned."""
    again = ast.dump(node) in earlier and binds.isdisjoint(own)
    earlier.add(ast.dump(node))
    goes = not any(a.name == "*" for a in node.names) and getattr(node, "module", "") != "__future__"
    return _Piece(cell, node, frozenset() if again else binds | _loaded(node), goes=goes)


def _computes_names(source: str, mentions: frozenset[str]) -> bool:
    if not mentions.isdisjoint(_COMPUTES_NAMES) or {"sys", "modules"} <= mentions:
        return True
    return "eval" in mentions and _EVAL.search(normal(source)) is not None


def _goes(statement: Statement, own: set[str]) -> bool:
    """Whether all that a statement does is to give its names their values.

    own  names that the notebook itself gives a value, other than by an import
    """
    if any(name.startswith("__") for name in statement.binds):
        return False
    if statement.kind is Kind.CHANGE:
        return statement.changes in own
    if statement.kind in _ASSIGNS:
        return not any(
            isinstance(n, ast.Attribute | ast.Subscript) and not isinstance(n.ctx, ast.Load)
            for n in ast.walk(statement.node)
        )
    return statement.kind is Kind.NOTHING or _is_plain(statement.node, own)


def _runs(statement: Statement, packages: set[str]) -> bool:
    """Whether it calls anything but what a package has: a loss, a net."""
    if statement.kind is not Kind.ASSIGN and statement.harmless:
        return False
    calls = (n.func for n in ast.walk(statement.node) if isinstance(n, ast.Call))
    return not all(root_of(function) in packages for function in calls)


def _loaded(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Packages of which it may load a part that is used elsewhere; of torch and numpy, all that counts is there at once."""
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    return {module.partition(".")[0] for module in modules} - {"torch", "numpy", ""}


def _is_plain(node: ast.stmt, own: set[str]) -> bool:
    """Whether a function or class only comes into being: nothing else runs with it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        returns = [node.returns] if node.returns is not None else []
        return _are_plain(node.decorator_list, own) and not any(map(_calls, [node.args, *returns]))
    if isinstance(node, ast.ClassDef):
        bases = {n.id for b in node.bases for n in ast.walk(b) if isinstance(n, ast.Name)}
        return (
            not node.keywords
            and bases.isdisjoint(own)  # they may want to know of their subclasses
            and not any(map(_calls, node.bases))
            and _are_plain(node.decorator_list, own)
            and all(_is_plain_member(n, own) for n in node.body)
        )
    return False


def _is_plain_member(node: ast.stmt, own: set[str]) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return _is_plain(node, own)
    return isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr | ast.Pass) and not _calls(node)


def _are_plain(decorators: list[ast.expr], own: set[str]) -> bool:
    names = [last_name(d.func if isinstance(d, ast.Call) else d) for d in decorators]
    return all(n in _PLAIN_DECORATORS and n not in own for n in names)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Call) for n in ast.walk(node))
