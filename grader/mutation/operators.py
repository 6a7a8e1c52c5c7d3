"""Mutation operators: for one node of a syntax tree, the nodes that make a small mistake of it.

An operator is a function from a node to replacements; it never changes the node. `mutations` tries them all.
They are the mistakes people make when they write such code (an axis, a bound, a sign, a forgotten clamp), not
every change that is possible. What trivially crashes is left out: it would only flatter the score.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

Operator = Callable[[ast.AST], Iterator[ast.AST]]

_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
}

_COMPARISON: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}

_OPPOSITES = (
    ("min", "max"), ("minimum", "maximum"), ("amin", "amax"), ("argmin", "argmax"), ("floor", "ceil"),
    ("any", "all"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("new_zeros", "new_ones"), ("train", "eval"),
    ("mean", "sum"),
)  # fmt: skip
_RENAMED = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])} | {
    "log": "log2",
    "repeat_interleave": "repeat",
}
_RENAMED_NAMES = frozenset({"min", "max", "any", "all"})  # the builtins among them

# Calls that are easily forgotten: f(x, …) or x.f(…) becomes x. Not int(x) and float(x): only the type would differ.
_FORGETTABLE = frozenset({
    "abs", "ceil", "clamp", "clip", "clone", "copy", "deepcopy", "detach", "exp", "expm1", "flip", "flipud", "fliplr", "float",
    "floor", "int", "log", "log1p", "log_softmax", "long", "permute", "relu", "reversed", "round", "sigmoid", "softmax",
    "sorted", "sqrt", "tanh", "transpose",
})  # fmt: skip

_PARTS: dict[type[ast.AST], str] = {ast.Call: "args", ast.Tuple: "elts", ast.List: "elts"}
_SYMMETRIC = frozenset({"min", "max", "minimum", "maximum", "logical_and", "logical_or", "dot", "transpose"})

# Arguments that make a difference only on another platform, or where something else is wrong already.
GUARDS = frozenset({"encoding", "newline", "strict"})

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)

_STRUCTURAL_DECORATORS = frozenset({
    "abstractmethod", "cache", "cached_property", "classmethod", "dataclass", "lru_cache", "overload", "property", "staticmethod",
})  # fmt: skip


def mutations(node: ast.AST, modules: frozenset[str]) -> Iterator[ast.AST]:
    """Every wrong replacement of `node`. `modules`: names that stand for imported modules (`torch.exp(x)` is no method)."""
    for operator in _OPERATORS:
        yield from operator(node)
    yield from _forgotten_call(node, modules)


def _with(node: ast.AST, **changes: Any) -> Any:
    """A copy of `node` with some fields changed; children are shared."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **changes}), node)


def _constant(value: Any) -> ast.Constant:
    return ast.Constant(value)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_display(node: ast.AST) -> bool:
    """A literal list, tuple, … or text: arithmetic other than the written one certainly crashes."""
    return _is_text(node) or isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp))


def _equal(a: ast.AST, b: ast.AST) -> bool:
    """The same expression, or equal numbers (0 and 0.0)."""
    numbers = isinstance(a, ast.Constant) and isinstance(b, ast.Constant) and a.value == b.value
    return numbers or ast.dump(a) == ast.dump(b)


# ---------------------------------------------------------------- expressions


def _arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and (_is_display(node.left) or _is_display(node.right)):
        return
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for op in _ARITHMETIC.get(type(node.op), ()):
            yield _with(node, op=op())
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


def _comparison(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in _COMPARISON[type(op)]:
                yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])


def _boolean(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for i in range(len(node.values)):
            kept = [*node.values[:i], *node.values[i + 1 :]]
            yield kept[0] if len(kept) == 1 else _with(node, values=kept)


def _sign(node: ast.AST) -> Iterator[ast.AST]:
    """-x → x, ~x → x, not x → x."""
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield node.operand


def _condition(node: ast.AST) -> Iterator[ast.AST]:
    """if c → if not c, where `_comparison` does not do so already."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        test = node.test
        single = isinstance(test, ast.Compare) and len(test.ops) == 1
        if not single and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))


def _constants(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield _constant(not value)
    elif isinstance(value, int):
        yield _constant(value + 1)
        if value:
            yield _constant(value - 1)
    elif isinstance(value, float):
        yield _constant(value * 2 if value else 1.0)
        if value:
            yield ast.UnaryOp(ast.USub(), _constant(value))
    elif isinstance(value, str):
        yield _constant("XX" + value)


def _swapped(node: ast.AST) -> Iterator[ast.AST]:
    """Neighbours exchange their places: arguments, parts of a tuple or of a short list."""
    field = _PARTS.get(type(node), "")
    parts = getattr(node, field, [])
    if len(parts) > 6 or (isinstance(node, ast.Call) and last_name(node.func) in _SYMMETRIC):
        return
    for i, (a, b) in enumerate(pairwise(parts)):
        if not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred) and not _equal(a, b):
            yield _with(node, **{field: [*parts[:i], b, a, *parts[i + 2 :]]})


def _element_removed(node: ast.AST) -> Iterator[ast.AST]:
    """A list of transforms or layers lacks one; numbers and names in a list are `_constants`."""
    if isinstance(node, ast.List) and len(node.elts) > 1 and not all(_is_number(e) for e in node.elts):
        for i in range(len(node.elts)):
            yield _with(node, elts=[*node.elts[:i], *node.elts[i + 1 :]])


def _keyword_removed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            if keyword.arg is not None and keyword.arg not in GUARDS:
                yield _with(node, keywords=[*node.keywords[:i], *node.keywords[i + 1 :]])


def _opposite(node: ast.AST) -> Iterator[ast.AST]:
    """min ↔ max, floor ↔ ceil, zeros ↔ ones, … as functions and as methods."""
    if not isinstance(node, ast.Call):
        return
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr in _RENAMED:
        yield _with(node, func=_with(func, attr=_RENAMED[func.attr]))
    if isinstance(func, ast.Name) and func.id in _RENAMED_NAMES:
        yield _with(node, func=_with(func, id=_RENAMED[func.id]))


def _bounds(node: ast.AST) -> Iterator[ast.AST]:
    """Slices lose a bound or the step, or end one too early; so does range."""
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            if getattr(node, field) is not None:
                yield _with(node, **{field: None})
        if node.upper is not None and not _is_number(node.upper):
            yield _with(node, upper=ast.BinOp(node.upper, ast.Sub(), _constant(1)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        *first, stop = node.args[:2]
        rest = node.args[2:]
        yield _with(node, args=[*first, ast.BinOp(stop, ast.Sub(), _constant(1)), *rest])
        if not first:
            yield _with(node, args=[_constant(1), stop])


def _is_number(node: ast.AST) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant)


def _filter_removed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.comprehension) and node.ifs:
        yield _with(node, ifs=[])


def _forgotten_call(node: ast.AST, modules: frozenset[str]) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call) or last_name(node.func) not in _FORGETTABLE:
        return
    method = isinstance(node.func, ast.Attribute) and not _is_module(node.func.value, modules)
    if isinstance(node.func, ast.Attribute) and method:
        yield node.func.value
    elif (
        node.args
        and not isinstance(node.args[0], ast.Starred)
        and last_name(node.func) not in ("int", "float")
    ):
        yield node.args[0]


def _is_module(node: ast.AST, modules: frozenset[str]) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in modules


def last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# ---------------------------------------------------------------- statements


def _statement_removed(node: ast.AST) -> Iterator[ast.AST]:
    """What is done for its effect, overwrites something, or guards the rest; not what would only leave a name undefined."""
    effect = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    guard = isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], _LEAVING)
    if effect or guard or isinstance(node, (ast.AugAssign, ast.Assert)) or _overwrites(node):
        yield ast.Pass()


def _overwrites(node: ast.AST) -> bool:
    """x[i] = …, x.a = …, and x = f(x)."""
    if not isinstance(node, ast.Assign):
        return False
    targets = [
        t for target in node.targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
    return all(t.id in used if isinstance(t, ast.Name) else not isinstance(t, ast.Starred) for t in targets)


def _context_removed(node: ast.AST) -> Iterator[ast.AST]:
    """with torch.no_grad(): … → the same without it."""
    if isinstance(node, ast.With) and all(i.optional_vars is None for i in node.items):
        yield ast.If(_constant(True), node.body, [])


def _decorator_removed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        for i, decorator in enumerate(node.decorator_list):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if last_name(called) not in _STRUCTURAL_DECORATORS:
                kept = [*node.decorator_list[:i], *node.decorator_list[i + 1 :]]
                yield _with(node, decorator_list=kept)


_OPERATORS: tuple[Operator, ...] = (
    _arithmetic,
    _comparison,
    _boolean,
    _sign,
    _condition,
    _constants,
    _swapped,
    _element_removed,
    _keyword_removed,
    _opposite,
    _bounds,
    _filter_removed,
    _statement_removed,
    _context_removed,
    _decorator_removed,
)
