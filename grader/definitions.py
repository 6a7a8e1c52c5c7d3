"""Notebook cells → what is run when grading by definitions: no training, plotting or downloading.

Kept are imports, functions, classes and constants, and the top-level assignments they need as globals. What
goes is blanked out in the text (never unparsed), so a traceback shows the student's own lines.
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from grader.model import Cell, Remark
from grader.source import MAX_STATEMENTS, Block, Broken, inside, is_constant, is_main_guard, parse
from grader.statements import Kind, Statement, Text, statements

MAX_CELLS = 2_000
MAX_CODE = 2_000_000  # characters of a whole notebook: a syntax tree takes hundreds of times its text

_LASTING = frozenset({Kind.IMPORT, Kind.DEFINE})
_NEVER_RUN = frozenset({Kind.LOOP, Kind.OTHER})


def definitions(cells: Sequence[Cell], wanted: Collection[str] = ()) -> tuple[tuple[Cell, ...], list[Remark]]:
    """Cells that define what the given cells define, without running what they run.

    cells    cleaned ones (see `grader.source.clean`)
    wanted   names that will be called: what they need is kept, even if it takes a call to make it. With no
             name given, what any function needs
    returns  one cell for each given, with the same label, exercise and line numbers; and a remark on each
             cell in which a needed name is set only by a loop
    """
    trees, texts, remarks = _trees(cells)
    found = [s for i, tree in trees.items() for s in statements(i, tree, texts[i])]
    selection = _Selection(found, frozenset(wanted))
    selection.run()
    keep: dict[int, set[int]] = defaultdict(set)  # by cell: equal ones share a tree
    for statement in found:
        if statement.position in selection.kept:
            keep[statement.cell].add(id(statement.node))
    sources = {i: _kept_text(tree, keep[i], texts[i]) for i, tree in trees.items()}
    return (
        tuple(replace(c, source=sources.get(i, "")) for i, c in enumerate(cells)),
        remarks + _missing(cells, selection.missing),
    )


def without_main(source: str) -> str:
    """A .py file's text without its `if __name__ == "__main__"` block, which would not run on import."""
    try:
        tree = parse(source)
    except Broken:
        return source
    text = Text(source)
    for node in reversed(tree.body):
        if is_main_guard(node):
            text.drop(node)
    return str(text)


def _trees(cells: Sequence[Cell]) -> tuple[dict[int, ast.Module], dict[int, Text], list[Remark]]:
    """Syntax tree and text of every cell within the limits, and a remark on each cell left out."""
    trees: dict[int, ast.Module] = {}
    texts: dict[int, Text] = {}
    remarks, size, count = [], 0, 0
    for i, cell in enumerate(cells):
        size += len(cell.source)
        if i >= MAX_CELLS or size > MAX_CODE or count >= MAX_STATEMENTS:
            remarks.append(Remark(cell.label, "this cell and all after it were left out: too much code"))
            break
        try:
            tree = parse(cell.source)
        except Broken as e:
            remarks.append(Remark(cell.label, f"left out: it is not Python ({e.reason})"))
            continue
        count += len(tree.body)
        trees[i], texts[i] = tree, Text(cell.source)
    return trees, texts, remarks


def _kept_text(tree: ast.Module, keep: set[int], text: Text) -> str:
    kept = [n for n in tree.body if id(n) in keep or _holds(n, keep)]
    if not kept:
        return ""
    if len(kept) == len(tree.body) and not any(isinstance(n, Block) for n in kept):
        return str(text)
    _drop(tree.body, keep, text)
    try:
        parse(str(text))
        return str(text)
    except Broken:
        return _unparsed(kept)


def _unparsed(kept: list[ast.stmt]) -> str:
    """For a layout that blanking cannot follow, such as a semicolon after a backslash: line numbers are lost."""
    try:
        return ast.unparse(ast.Module(body=kept, type_ignores=[]))
    except RecursionError:
        return ""


def _drop(body: Iterable[ast.stmt], keep: set[int], text: Text) -> None:
    """Blank what is not kept, last first: blanking moves what stands behind it on the same line."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Block) and _holds(node, keep):
            waiting += inside(node)
        elif id(node) not in keep:
            text.drop(node)


def _holds(node: ast.stmt, keep: set[int]) -> bool:
    """Whether a block has something worth keeping inside: more than `pass`."""
    waiting = list(inside(node)) if isinstance(node, Block) and not is_main_guard(node) else []
    while waiting:
        inner = waiting.pop()
        if id(inner) in keep and not isinstance(inner, ast.Pass) and not is_constant(inner):
            return True
        if isinstance(inner, Block):
            waiting += inside(inner)
    return False


def _missing(cells: Sequence[Cell], missing: dict[str, Statement]) -> list[Remark]:
    first: dict[int, Remark] = {}
    for name, statement in missing.items():
        message = (
            f"line {statement.node.lineno}: `{name}` is set only by a loop or a deletion, which is not run "
            "when grading by definitions; set it outside of the loop, or pass it as an argument"
        )
        first.setdefault(statement.cell, Remark(cells[statement.cell].label, message))
    return list(first.values())


@dataclass
class _Binders:
    """The statements that give one name its value, in order: positions, ascending.

    lasting  imports and definitions, which the result of a call of the same name does not replace
    passing  assignments
    """

    lasting: list[int] = field(default_factory=list)
    passing: list[int] = field(default_factory=list)
    never: list[int] = field(default_factory=list)

    def last(self, before: int | None) -> int | None:
        for positions in (self.lasting, self.passing):
            end = len(positions) if before is None else bisect_left(positions, before)
            if end:
                return positions[end - 1]
        return None


class _Selection:
    """Decides which statements are kept. `missing`: needed names that no kept statement can set."""

    def __init__(self, found: list[Statement], wanted: frozenset[str]) -> None:
        self.kept: set[int] = set()
        self.missing: dict[str, Statement] = {}
        self._statements, self._wanted = found, wanted
        self._reached: set[int] = set()
        self._needed: set[str] = set()
        self._first_kept: dict[str, int] = {}
        self._block_names: dict[int, frozenset[str]] = {}
        self._written = {n for s in found if s.kind is Kind.DEFINE and not s.stub for n in s.binds}
        self._defined = {n for s in found if s.kind is Kind.DEFINE for n in s.binds}
        self._star = any(isinstance(s.node, ast.ImportFrom) and s.node.names[0].name == "*" for s in found)
        self._binders: dict[str, _Binders] = defaultdict(_Binders)
        for position, statement in enumerate(found):
            statement.position = position
            self._bind(statement)

    def _bind(self, statement: Statement) -> None:
        for name in statement.binds:
            binders = self._binders[name]
            if statement.kind in _NEVER_RUN or self._outdone_stub(statement):
                binders.never.append(statement.position)
            else:
                place = binders.lasting if statement.kind in _LASTING else binders.passing
                place.append(statement.position)

    def _outdone_stub(self, statement: Statement) -> bool:
        """A stub beside a real definition of the same name, which it must not replace."""
        return statement.stub and not self._written.isdisjoint(statement.binds)

    def run(self) -> None:
        """Fill `kept` and `missing`."""
        for statement in self._statements:
            if statement.kind is Kind.NOTHING or (
                statement.kind in _LASTING and not self._outdone_stub(statement)
            ):
                self._keep(statement)
        for name in sorted(self._wanted or self._defined):
            self._want(name)
        for statement in self._statements:
            if statement.kind in (Kind.CONSTANT, Kind.ALIAS) and self._stands_alone(statement):
                self._keep(statement)
                if not self._wanted.isdisjoint(statement.binds) or not self._wanted:
                    self._reach(statement)
            elif statement.kind is Kind.CHANGE and self._change_counts(statement):
                self._keep(statement)

    def _want(self, name: str) -> None:
        """Keep all that makes `name` usable: every definition of it, or else its assignment."""
        if name not in self._binders:
            return
        for position in self._binders[name].lasting:
            self._reach(self._statements[position])
        provider = self._provider(name, None)
        if provider is not None:
            self._keep(provider)
            self._reach(provider)

    def _keep(self, statement: Statement) -> None:
        """Keep it and, until nothing is new, what it needs to run. A worklist, because chains may be long."""
        waiting = [statement]
        while waiting:
            current = waiting.pop()
            if current.position in self.kept:
                continue
            self.kept.add(current.position)
            for name in current.binds:
                self._first_kept[name] = min(current.position, self._first_kept.get(name, current.position))
            names = current.now.union(*(self._names_of(block) for block in current.blocks))
            waiting += [p for n in names if (p := self._provider(n, current.position)) is not None]
            if current.kind in (Kind.ASSIGN, Kind.CHANGE) and not current.harmless:  # it calls what it reads
                waiting += self._reachable(current)

    def _reach(self, statement: Statement) -> None:
        for needed in self._reachable(statement):
            self._keep(needed)

    def _reachable(self, statement: Statement) -> list[Statement]:
        """What `statement` reads when called, and so on through the functions it reads."""
        found, waiting = [], [statement]
        while waiting:
            current = waiting.pop()
            if current.position in self._reached:
                continue
            self._reached.add(current.position)
            for name in current.later | current.now:
                self._needed.add(name)
                provider = self._provider(name, None)
                if provider is not None:
                    found.append(provider)
                    waiting.append(provider)
        return found

    def _provider(self, name: str, before: int | None) -> Statement | None:
        """The statement that gives `name` its value: the last one, or the last before position `before`."""
        if name not in self._binders:
            return None
        position = self._binders[name].last(before)
        if position is not None:
            return self._statements[position]
        if before is None and self._binders[name].never:
            self.missing.setdefault(name, self._statements[self._binders[name].never[-1]])
        return None

    def _names_of(self, block: Block) -> frozenset[str]:
        """What the head of a block reads."""
        if id(block) not in self._block_names:
            heads = [block.test] if isinstance(block, ast.If) else [h.type for h in block.handlers if h.type]
            names = (n.id for head in heads for n in ast.walk(head) if isinstance(n, ast.Name))
            self._block_names[id(block)] = frozenset(names)
        return self._block_names[id(block)]

    def _stands_alone(self, statement: Statement) -> bool:
        """Whether every name it reads at once is there without running more."""
        if statement.kind is Kind.CONSTANT and not self._defined.isdisjoint(statement.binds):
            return False  # `iou = 0.5` beside `def iou` is a left-over of trying it out
        return all(self._available(n, statement.position) for n in statement.now)

    def _available(self, name: str, before: int) -> bool:
        if self._first_kept.get(name, before) < before:
            return True
        return name not in self._binders and (hasattr(builtins, name) or self._star)

    def _change_counts(self, statement: Statement) -> bool:
        """`net.fc = …` goes with `net`: kept when it is quick, or when a needed function uses `net`."""
        name = statement.changes
        if not self._available(name, statement.position):
            return False
        if statement.harmless and all(self._available(n, statement.position) for n in statement.now):
            return True
        provider = self._provider(name, statement.position)
        return name in self._needed and provider is not None and provider.kind is not Kind.IMPORT
