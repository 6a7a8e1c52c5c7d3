"""Whether code, when it is called, may leave something behind that other code in its process meets.

Where it does not, exercises can share a worker, and their outcomes are the same as in workers of their own. In doubt it does:
that costs a worker, a fraction of a second.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from grader.source import last_name

_QUIET_MODULES = frozenset(
    {
        "IPython", "PIL", "__future__", "abc", "cmath", "collections", "copy", "d2l", "dataclasses", "decimal", "enum",
        "fractions", "functools", "itertools", "math", "matplotlib", "numpy", "operator", "pandas", "random", "re", "scipy",
        "statistics", "string", "time", "torch", "torchvision", "tqdm", "typing",
    }
)  # fmt: skip
_LOUD_CALLS = frozenset(
    {
        "__import__", "breakpoint", "delattr", "eval", "exec", "exit", "globals", "input", "open", "quit", "setattr", "vars",
    }
)  # fmt: skip
_LOUD_WORDS = frozenset({"__class__", "__dict__", "__globals__", "__builtins__"})
_LOUD_DECORATORS = frozenset({"cache", "lru_cache"})
_SETTING = ("set_", "seterr", "use_", "enable", "disable", "register", "load_library")
"""how functions of a package begin that change it; what they do to generators of random numbers, each question undoes"""


def leaves_traces(statements: Iterable[ast.stmt], data: Collection[str]) -> bool:
    """
    statements  all of a notebook's
    data        names to which they give a value that is no function, class or module
    """
    nodes = [node for statement in statements for node in ast.walk(statement)]
    imported = {
        _bound(alias) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for alias in n.names
    }
    defined = {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    lasting = imported | defined | set(data)
    return any(_is_loud(node, imported, lasting, data) for node in nodes)


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _is_loud(
    node: ast.AST, imported: Collection[str], lasting: Collection[str], data: Collection[str]
) -> bool:
    match node:
        case ast.Global():
            return True
        case ast.Import():
            return any(a.name.partition(".")[0] not in _QUIET_MODULES for a in node.names)
        case ast.ImportFrom():
            return node.level > 0 or (node.module or "").partition(".")[0] not in _QUIET_MODULES
        case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
            root = _root(node)
            return not root or root in lasting
        case ast.Attribute():
            return node.attr in _LOUD_WORDS
        case ast.Name():
            return node.id in _LOUD_WORDS
        case ast.Call():
            return _is_loud_call(node.func, imported, data)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            return any(isinstance(d, ast.List | ast.Dict | ast.Set | ast.Call) for d in defaults) or any(
                last_name(d.func if isinstance(d, ast.Call) else d) in _LOUD_DECORATORS
                for d in getattr(node, "decorator_list", [])
            )
    return False


def _is_loud_call(function: ast.expr, imported: Collection[str], data: Collection[str]) -> bool:
    name = last_name(function)
    if isinstance(function, ast.Name):
        return name in _LOUD_CALLS or name.startswith(_SETTING)
    root = _root(function)
    return root in data or (root in imported and name.startswith(_SETTING))


def _root(node: ast.expr) -> str:
    """`a` of `a.b[0].c`, "" of what is computed."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
