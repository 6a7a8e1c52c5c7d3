"""Whether code, when it is called, may leave something behind that other code in its process meets.

Where it does not, exercises can share a worker, and their outcomes are the same as in workers of their own. In doubt it does:
that costs a worker, a fraction of a second.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Set

from grader.source import last_name

_QUIET_MODULES = frozenset(
    {
        "IPython", "PIL", "__future__", "abc", "cmath", "collections", "copy", "d2l", "dataclasses", "decimal", "enum",
        "fractions", "functools", "itertools", "math", "matplotlib", "numpy", "operator", "pandas", "random", "re", "scipy",
        "statistics", "string", "time", "torch", "torchvision", "tqdm", "typing",
    }
)  # fmt: skip
_LOUD_NAMES = frozenset(
    {
        "__import__", "breakpoint", "delattr", "delitem", "eval", "exec", "exit", "get_ipython", "get_type_hints", "globals",
        "input", "library", "open", "quit", "setattr", "setitem", "sleep", "type", "vars",
    }
)  # fmt: skip
_PLAIN_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "add", "call", "contains", "doc", "enter", "eq", "exit", "getitem", "hash", "init", "iter", "len", "lt", "mul", "name",
        "neg", "next", "post_init", "repr", "str", "sub", "version",
    )
)  # fmt: skip
_LOUD_DECORATORS = frozenset({"cache", "lru_cache"})
_SETTING = ("set_", "seterr", "use_", "enable", "disable", "register", "load_library")
"""how functions of a package begin that change it; what they do to generators of random numbers, each question undoes"""
_VALUES = frozenset(
    {
        "bfloat16", "bool", "complex64", "complex128", "double", "e", "float", "float16", "float32", "float64", "half", "inf",
        "int", "int8", "int16", "int32", "int64", "long", "nan", "newaxis", "pi", "short", "uint8",
    }
)  # fmt: skip
"""what may be taken from a package and handed on; modules and classes may not, because whoever has one can change it"""


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
    used = {id(node) for parent in nodes for node in _used_by(parent)}
    return any(
        _is_loud(node, imported, lasting, data) or (id(node) not in used and _is_handed_on(node, imported))
        for node in nodes
    )


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _is_loud(node: ast.AST, imported: Set[str], lasting: Collection[str], data: Collection[str]) -> bool:
    match node:
        case ast.Global():
            return True
        case ast.Import():
            return any(a.name.partition(".")[0] not in _QUIET_MODULES for a in node.names)
        case ast.ImportFrom():
            known = node.level == 0 and (node.module or "").partition(".")[0] in _QUIET_MODULES
            return not known or any(a.name == "*" for a in node.names)
        case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
            root = root_of(node)
            return not root or root in lasting
        case ast.Attribute():
            return _is_loud_name(node.attr)
        case ast.Name():
            return _is_loud_name(node.id)
        case ast.Call():
            return _is_loud_call(node.func, imported, data)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            return (
                _is_loud_name(getattr(node, "name", ""))
                or any(isinstance(d, ast.List | ast.Dict | ast.Set | ast.Call) for d in defaults)
                or any(
                    last_name(d.func if isinstance(d, ast.Call) else d) in _LOUD_DECORATORS
                    for d in getattr(node, "decorator_list", [])
                )
            )
    return False


def _is_loud_name(name: str) -> bool:
    return name in _LOUD_NAMES or (
        name.startswith("__") and name.endswith("__") and name not in _PLAIN_DUNDERS
    )


def _is_loud_call(function: ast.expr, imported: Set[str], data: Collection[str]) -> bool:
    name = last_name(function)
    if isinstance(function, ast.Name):
        return name.startswith(_SETTING)
    root = root_of(function)
    return root in data or (root in imported and name.startswith(_SETTING))


def _used_by(parent: ast.AST) -> Iterator[ast.AST]:
    """What is used where it stands, and goes nowhere: the left of a dot, what is called, bases, annotations, `isinstance`."""
    match parent:
        case ast.Attribute() | ast.Subscript():
            yield parent.value
        case ast.Call():
            yield parent.func
            if last_name(parent.func) in ("isinstance", "issubclass"):
                for argument in parent.args:
                    yield from ast.walk(argument)
        case ast.ClassDef():
            yield from (*parent.bases, *parent.decorator_list)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from parent.decorator_list
            if parent.returns is not None:
                yield from ast.walk(parent.returns)
        case ast.arg() | ast.AnnAssign() if parent.annotation is not None:
            yield from ast.walk(parent.annotation)


def _is_handed_on(node: ast.AST, imported: Set[str]) -> bool:
    """A module or class of a package as a value: `t = torch`, `patch(torch.Tensor)`."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return node.attr not in _VALUES and root_of(node) in imported
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in imported - _VALUES


def root_of(node: ast.expr) -> str:
    """`a` of `a.b[0].c`, "" of what is computed."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
