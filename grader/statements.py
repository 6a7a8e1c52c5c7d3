"""What a top-level statement is, which names it binds, and which it reads: at once, or when called later."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grader.names import is_stub
from grader.source import PARSE_ERRORS, Block, Definition, inside, is_constant, is_main_guard, last_name


class Kind(Enum):
    IMPORT = auto()
    DEFINE = auto()  # a function or a class
    ALIAS = auto()  # f = lambda …, f = g, f = partial(g, …): a function by another spelling
    CONSTANT = auto()  # an assignment that cannot take time
    ASSIGN = auto()  # an assignment that may: kept only when something needs it
    CHANGE = auto()  # changes an object that has a name: net.fc = …, names.append(…)
    LOOP = auto()  # binds names, is never kept
    NOTHING = auto()  # pass, a string
    OTHER = auto()


@dataclass
class Statement:
    """One statement that is kept or blanked as a whole.

    binds     names it gives a value
    now       names it reads when it runs
    later     names that what it defines reads when called
    changes   the name whose object it changes, or ""
    harmless  it calls nothing but well-known quick functions
    """

    cell: int
    position: int
    node: ast.stmt
    kind: Kind
    blocks: tuple[Block, ...] = ()
    binds: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    changes: str = ""
    harmless: bool = True
    stub: bool = False


def statements(cell: int, tree: ast.Module, text: Text) -> Iterator[Statement]:
    """Every top-level statement, also inside top-level `if` and `try`, but not those of `if __name__ …`."""
    waiting: list[tuple[ast.stmt, tuple[Block, ...]]] = [(n, ()) for n in reversed(tree.body)]
    while waiting:
        node, blocks = waiting.pop()
        if isinstance(node, Block):
            if not is_main_guard(node):
                waiting += [(n, (*blocks, node)) for n in reversed(inside(node))]
        else:
            yield _statement(cell, node, blocks, text)


def _statement(cell: int, node: ast.stmt, blocks: tuple[Block, ...], text: Text) -> Statement:
    try:
        binds, now, later = _names(text.segment(node))
    except PARSE_ERRORS:
        return Statement(cell, 0, node, Kind.OTHER, blocks)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        now |= {node.target.id}  # `x += 1` reads x, which symtable does not count
    return Statement(
        cell,
        position=0,
        node=node,
        kind=_kind(node),
        blocks=blocks,
        binds=binds,
        now=now,
        later=later,
        changes=_changed_name(node),
        harmless=_is_harmless_change(node),
        stub=is_stub(node),
    )


# ---------------------------------------------------------------- kinds


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HARMLESS_CALLS = _words(
    "abs all any bool bytes complex dict enumerate filter float frozenset getattr hasattr int isinstance "
    "len list map max min object ord chr property range repr reversed round set slice sorted str sum super "
    "tuple type zip namedtuple TypeVar ParamSpec NewType OrderedDict defaultdict Counter deque partial "
    "partialmethod itemgetter attrgetter lru_cache cache wraps field dataclass auto Enum Path PurePath "
    "Fraction Decimal compile getenv sqrt exp log log2 cos sin ceil floor prod tensor as_tensor array "
    "asarray device Size zeros ones full empty eye arange linspace logspace dtype finfo iinfo float32 "
    "float64 int32 int64 uint8 from_numpy stack cat concatenate"
)
_HARMLESS_METHODS = _words(
    "split rsplit strip lstrip rstrip lower upper join format replace encode splitlines title keys values "
    "items copy get index count reshape view float double long int half bool t unsqueeze squeeze permute "
    "transpose repeat flatten tolist item is_available"
)
_CHANGING_METHODS = _words(
    "append extend insert add update add_module register_module register_buffer register_parameter "
    "setdefault remove pop sort reverse discard clear eval train requires_grad_ to cuda cpu double float "
    "load_state_dict"
)


def _kind(node: ast.stmt) -> Kind:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return Kind.IMPORT
    if isinstance(node, Definition):
        return Kind.DEFINE
    if isinstance(node, ast.Pass) or is_constant(node):
        return Kind.NOTHING
    if _changed_name(node):
        return Kind.CHANGE
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return _kind_of_value(node.value) if node.value is not None else Kind.CONSTANT
    if isinstance(node, ast.AugAssign | ast.With | ast.AsyncWith | ast.Match) and not _loops(node):
        return Kind.ASSIGN
    loops = isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Match)
    return Kind.LOOP if loops else Kind.OTHER


def _kind_of_value(value: ast.expr) -> Kind:
    if not _harmless(value):
        return Kind.ASSIGN
    partial = isinstance(value, ast.Call) and last_name(value.func) in ("partial", "partialmethod")
    return (
        Kind.ALIAS if partial or isinstance(value, ast.Lambda | ast.Name | ast.Attribute) else Kind.CONSTANT
    )


def _loops(node: ast.stmt) -> bool:
    return any(isinstance(n, ast.For | ast.AsyncFor | ast.While) for n in ast.walk(node))


def _harmless(value: ast.AST) -> bool:
    """No call but well-known quick ones. A lambda's body does not run now."""
    waiting: list[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda):
            waiting += [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            continue
        if isinstance(node, ast.Call) and not _quick(node.func):
            return False
        waiting += ast.iter_child_nodes(node)
    return True


def _quick(function: ast.expr) -> bool:
    name = last_name(function)
    return name in _HARMLESS_CALLS or (isinstance(function, ast.Attribute) and name in _HARMLESS_METHODS)


def _is_harmless_change(node: ast.stmt) -> bool:
    """Like `_harmless`, but the changing method itself (`names.append`) is fine."""
    value = getattr(node, "value", None)
    if isinstance(node, ast.Expr) and isinstance(value, ast.Call) and _changed_name(node):
        return all(_harmless(a) for a in (*value.args, *value.keywords))
    return value is None or _harmless(value)


def _changed_name(node: ast.stmt) -> str:
    """The name whose object this statement changes, or ""."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        return _root(function) if last_name(function) in _CHANGING_METHODS else ""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    return _root(targets[0]) if len(targets) == 1 else ""


def _root(node: ast.expr) -> str:
    """`a` of `a.b[0].c`; "" of a bare name, which is bound and not changed."""
    inner = node
    while isinstance(inner, ast.Attribute | ast.Subscript):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) and inner is not node else ""


# ---------------------------------------------------------------- names


def _names(source: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(bound, read at once, read when called) at the top level of `source`. Raises like the parser."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(source, "<cell>", "exec")
    symbols = top.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    now = {s.get_name() for s in symbols if s.is_referenced()}
    later: set[str] = set()
    waiting = [(child, False) for child in top.get_children()]
    while waiting:
        table, called = waiting.pop()
        called = called or _is_called(table)
        free = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        (later if called else now).update(free)
        waiting += [(child, called) for child in table.get_children()]
    return frozenset(binds), frozenset(now), frozenset(later)


def _is_called(table: symtable.SymbolTable) -> bool:
    """Functions and lambdas run when called; class bodies and comprehensions run at once."""
    at_once = table.get_name() in ("listcomp", "setcomp", "dictcomp", "genexpr")
    return str(table.get_type()).lower().endswith("function") and not at_once


# ---------------------------------------------------------------- text


class Text:
    """A cell's lines, and the places of statements in them: in UTF-8 bytes, as `ast` counts columns."""

    def __init__(self, source: str) -> None:
        self._lines = source.encode().split(b"\n")

    def segment(self, node: ast.stmt) -> str:
        """The statement's own text, decorators included, made to stand alone."""
        first, start, last, end = _span(node)
        if first == last:
            return self._lines[first][start:end].decode()
        line = self._lines[first]
        indent = line[: len(line) - len(line.lstrip())]
        own = [indent + line[start:], *self._lines[first + 1 : last], self._lines[last][:end]]
        return ("if 1:\n" if indent else "") + b"\n".join(own).decode()

    def drop(self, node: ast.stmt) -> None:
        """Blank a statement. `pass` stays behind: a block or a semicolon may need a statement there."""
        first, start, last, end = _span(node)
        head, tail = self._lines[first][:start], self._lines[last][end:]
        self._lines[first : last + 1] = [b""] * (last + 1 - first)
        # Only a comment or `; more` can follow, and the latter must stay on the line of the `pass`.
        self._lines[first] = head + b"pass" + (tail if tail.lstrip().startswith(b";") else b"")

    def __str__(self) -> str:
        return b"\n".join(self._lines).decode()


def _span(node: ast.stmt) -> tuple[int, int, int, int]:
    """First line, column, last line, end column, counted from 0."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)]) - 1
    return first, node.col_offset, (node.end_lineno or node.lineno) - 1, node.end_col_offset or 0
