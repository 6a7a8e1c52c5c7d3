"""What source text names: functions that are written and not stubs, strings that may be answers. Nothing is executed."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Iterator

from grader.source import Block, Broken, Definition, inside, is_constant, last_name, parse

MAX_STRING_PARTS = 200


def is_stub(node: ast.AST) -> bool:
    """Whether a function (or every method of a class) is left as it was handed out.

    After the docstring there is nothing but `raise NotImplementedError`, `pass` or `...`.
    """
    if isinstance(node, ast.ClassDef):
        methods = [n for n in node.body if isinstance(n, Definition) and not _only_calls_super(n)]
        rest = [n for n in node.body if not isinstance(n, Definition)]
        return all(_is_nothing(n) for n in rest) and all(is_stub(n) for n in methods)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(_is_nothing(n) for n in node.body)
    return False


def _is_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return last_name(raised) == "NotImplementedError"
    return isinstance(node, ast.Pass) or is_constant(node)


def _only_calls_super(node: ast.stmt) -> bool:
    """`def __init__(self): super().__init__()`, which a stub of a module may carry."""
    body = [n for n in getattr(node, "body", []) if not _is_nothing(n)]
    return bool(body) and all(
        isinstance(n, ast.Expr)
        and isinstance(n.value, ast.Call)
        and isinstance(n.value.func, ast.Attribute)
        and isinstance(n.value.func.value, ast.Call)
        and last_name(n.value.func.value.func) == "super"
        for n in body
    )


def attempted(source: str, names: Collection[str]) -> set[str]:
    """Those of `names` that `source` defines, imports or assigns at its top level, and not as a stub."""
    try:
        tree = parse(source)
    except Broken:
        return set()
    return set(names) & _written(tree)


def without_stubs(source: str, names: Collection[str]) -> str:
    """`source` with empty lines where it leaves a stub of one of `names`; every other line keeps its number."""
    try:
        tree = parse(source)
    except Broken:
        return source
    lines = source.splitlines()
    for node in tree.body:
        if isinstance(node, Definition) and node.name in names and is_stub(node):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            last = node.end_lineno or first
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)


def _written(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Block):
            waiting += inside(node)
        elif isinstance(node, Definition):
            found |= set() if is_stub(node) else {node.name}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not _empty(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return found


def _empty(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, ...))


def string_constants(source: str) -> Iterator[tuple[str, str, int]]:
    """(name, text, line) of each top-level assignment of a string; `dedent("…")` and `"…".strip()` count."""
    try:
        tree = parse(source)
    except Broken:
        return
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            text = _string(node.value, MAX_STRING_PARTS)
            if text is not None:
                yield from ((t.id, text, node.lineno) for t in targets if isinstance(t, ast.Name))


def _string(value: ast.expr | None, depth: int) -> str | None:
    if depth == 0:
        return None
    if isinstance(value, ast.Call):
        inner = value.func.value if isinstance(value.func, ast.Attribute) and not value.args else None
        value = inner or (value.args[0] if len(value.args) == 1 else None)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left, right = _string(value.left, depth - 1), _string(value.right, depth - 1)
        return None if left is None or right is None else left + right
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def top_level_names(source: str) -> set[str]:
    """Names of the functions and classes that `source` defines at its top level."""
    try:
        tree = parse(source)
    except Broken:
        return set()
    found: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Block):
            waiting += inside(node)
        elif isinstance(node, Definition):
            found.add(node.name)
    return found


def as_identifier(stem: str) -> str:
    """A file's stem made a name that Python can import."""
    name = re.sub(r"\W+", "_", stem).strip("_") or "submission"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name
