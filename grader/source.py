"""Source text of a student → Python that compiles. Text in, text out: nothing is executed.

    clean  which part of a notebook cell is Python? IPython's own syntax and prose go
    mend   the same for a .py file: only broken chunks go

Line numbers never shift: what is removed leaves empty lines behind.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from functools import lru_cache
from typing import get_args

MAX_CELL = 1_000_000
MAX_NODES = 200_000  # of a syntax tree; a hundred lines have about a thousand
MAX_STATEMENTS = 10_000
MAX_SCOPES = 3_000  # compiling thousands of like functions takes quadratic time
SHORT = 8_000  # characters that cannot be too many of anything
MAX_BROKEN = 200  # chunks of one cell

# What Python's parser raises on hostile text; SystemError is its "recursion depth mismatch".
PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError)

Block = ast.If | ast.Try | ast.TryStar
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# ---------------------------------------------------------------- parsing


class Broken(Exception):
    """Text that is not Python; `reason` is the parser's word, `line` where it stopped (1 for the first)."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class TooLarge(Broken):
    """More code than anybody writes by hand; nothing of it is read."""


def parse(source: str, *, compiles: bool = False) -> ast.Module:
    """The syntax tree of `source`, which nobody may change: others have it, too.

    compiles  it is also known to compile (no `return` at the margin)

    Raises Broken, and with `compiles` TooLarge.
    """
    is_short = len(source) < SHORT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "invalid escape sequence" is no concern of a grader
            tree = _tree(source) if is_short else ast.parse(source)
            if compiles:
                if not is_short:
                    _check_size(tree)
                compile(tree, "<cell>", "exec", dont_inherit=True)
    except SyntaxError as e:
        raise Broken(e.msg or "invalid syntax", e.lineno or 1) from None
    except PARSE_ERRORS as e:
        raise Broken(str(e) or "too deeply nested", 1) from None
    return tree


@lru_cache(maxsize=64)
def _tree(source: str) -> ast.Module:
    """A cell is parsed by everyone who reads it, one after the other."""
    return ast.parse(source)


_SCOPES = (*get_args(Definition), ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _check_size(tree: ast.Module) -> None:
    statements = scopes = 0
    for count, node in enumerate(ast.walk(tree)):
        if count > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES:,} elements of code", 1)
        statements += isinstance(node, ast.stmt)
        scopes += isinstance(node, _SCOPES)
        if statements > MAX_STATEMENTS or scopes > MAX_SCOPES:
            raise TooLarge(f"more than {MAX_STATEMENTS:,} statements or {MAX_SCOPES:,} functions", 1)


def _is_python(source: str) -> bool:
    try:
        parse(source, compiles=True)
    except TooLarge:
        raise
    except Broken:
        return False
    return True


def normal(source: str) -> str:
    """Names as Python reads them: it takes ｔｏｔａｌ for total."""
    return source if source.isascii() else unicodedata.normalize("NFKC", source)


def words(source: str) -> frozenset[str]:
    """All names in a text, and more."""
    return frozenset(re.findall(r"\w+", normal(source)))


def inside(block: Block) -> list[ast.stmt]:
    """The statements of all branches of an `if` or `try`, in order."""
    if isinstance(block, ast.If):
        return [*block.body, *block.orelse]
    return [*block.body, *(n for h in block.handlers for n in h.body), *block.orelse, *block.finalbody]


def is_main_guard(node: ast.stmt) -> bool:
    """Whether this is `if __name__ == …`."""
    return isinstance(node, ast.If) and any(
        isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(node.test)
    )


def is_constant(node: ast.stmt) -> bool:
    """A docstring, `...` or another constant that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `a` of `a`, "" of anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# ---------------------------------------------------------------- cleaning

_BODY_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "tab", "mypy", "skip", "wandb"})
_MAGIC = re.compile(r"[%!?](?!=)")
_HELP = re.compile(r"%{0,2}[A-Za-z_][\w.]*\?{1,2}\s*$")
_SHELL_ASSIGNMENT = re.compile(r"[A-Za-z_][\w., \t\[\]]*=\s*(!(?!=)|%[A-Za-z])")
_TIMED = re.compile(r"%time[ \t]+(?=[^\s-])")
_CONTINUES = re.compile(r"(elif|else|except|finally)\b|[)\]}]")
_INCOMPLETE = re.compile(
    r"was never closed|triple-quoted|unexpected EOF|expected an indented block|expected '(except|finally)'"
    r"|unexpected character after line continuation"
)
_MAX_NOTES = 20


def clean(source: str) -> tuple[str, list[str]]:
    """`source` without IPython's syntax and without what is not Python, and a note for each removal.

    Line numbers do not shift. The result always compiles. A `%%time` cell keeps its body, a `%%bash` cell
    goes as a whole; of a cell with prose or a syntax error only the broken top-level chunk goes.
    """
    source, notes = plain_text(source)
    if len(source) > MAX_CELL:
        return "", [*notes, f"left out: it has {len(source):,} characters, at most {MAX_CELL:,} are read"]
    try:
        if _is_python(source):
            return source, notes
        source, removed = _without_cell_magic(source)
        source, lines = _without_line_magics(_dedented(source))
        source, chunks = mend(source)
    except TooLarge as e:
        return "", [*notes, f"left out: {e.reason}"]
    return source, notes + _shortened(removed + lines + chunks)


def plain_text(source: str) -> tuple[str, list[str]]:
    """`source` with \\n line ends and without characters that stop Python's parser."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    readable = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return readable, [] if readable == text else ["null bytes or broken characters were left out"]


def mend(source: str) -> tuple[str, list[str]]:
    """`source` with the top-level chunks blanked that are not Python; a note has line and text of each.

    Raises TooLarge.
    """
    try:
        parse(source, compiles=True)
        return source, []
    except TooLarge:
        raise
    except Broken as e:
        whole = e
    lines = source.split("\n")
    starts = _chunk_starts(lines)
    if len(starts) == 1:
        return _blanked(lines, 0, len(lines)), [_broken_note(lines, whole, 0)]
    notes: list[str] = []
    first, budget = 0, [3 * len(source) + 100_000]
    while first < len(starts):
        if len(notes) == MAX_BROKEN:
            notes.append(
                f"line {starts[first] + 1}: all from here on was left out, too much of it is not Python"
            )
            lines[starts[first] :] = [""] * (len(lines) - starts[first])
            break
        last, error = _python_from(lines, starts, first, budget)
        if error is not None:
            notes.append(_broken_note(lines, error, starts[first]))
            for line in range(starts[first], _end(lines, starts, last)):
                lines[line] = ""
        first = last + 1
    return _checked("\n".join(lines), notes)


def _checked(source: str, notes: list[str]) -> tuple[str, list[str]]:
    """Chunks that are Python one by one may not be together (`from __future__` after other code)."""
    try:
        parse(source, compiles=True)
        return source, notes
    except Broken as e:
        lines = source.split("\n")
        line = min(e.line, len(lines)) - 1
        blanked = _blanked(lines, line, line + 1)
        if blanked != source and _is_python(blanked):
            return blanked, [*notes, _broken_note(lines, e, 0)]
        return _blanked(lines, 0, len(lines)), [
            *notes,
            f"all of it was left out, it is not Python ({e.reason})",
        ]


def _python_from(
    lines: list[str], starts: list[int], first: int, budget: list[int]
) -> tuple[int, Broken | None]:
    """The last chunk of the piece of Python that begins with chunk `first`, or why none does.

    A chunk may need the following ones: an open bracket or string, a decorator. `budget` limits how much
    text is parsed in search of them, so that a hostile cell takes linear time.
    """
    error: Broken | None = None
    for last in range(first, len(starts)):
        piece = "\n".join(lines[starts[first] : _end(lines, starts, last)])
        budget[0] -= len(piece)
        if budget[0] < 0 and error is not None:
            break
        try:
            parse(piece, compiles=True)
            return last, None
        except Broken as e:
            error = error or e
            if not (_INCOMPLETE.search(e.reason) or lines[starts[last]].startswith("@")):
                break
    return first, error


def _chunk_starts(lines: list[str]) -> list[int]:
    """Lines on which a top-level statement may begin; the first is always 0."""
    at_margin = (
        i
        for i, line in enumerate(lines)
        if i and line[:1].strip() and line[0] != "#" and not _CONTINUES.match(line)
    )
    return [0, *at_margin]


def _end(lines: list[str], starts: list[int], chunk: int) -> int:
    return starts[chunk + 1] if chunk + 1 < len(starts) else len(lines)


def _blanked(lines: list[str], start: int, end: int) -> str:
    """The text with lines start..end−1 made empty."""
    return "\n".join(lines[:start] + [""] * (end - start) + lines[end:])


def _broken_note(lines: list[str], error: Broken, offset: int) -> str:
    line = min(offset + error.line, len(lines))
    text = _quoted(lines[line - 1])
    return f"line {line}: {text} is not Python ({error.reason[:120]}); left out up to the next statement"


def _quoted(line: str) -> str:
    text = line.strip()
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"


def _shortened(notes: list[str]) -> list[str]:
    more = len(notes) - _MAX_NOTES
    return notes if more <= 0 else [*notes[:_MAX_NOTES], f"and {more} more lines that are not Python"]


def _without_cell_magic(source: str) -> tuple[str, list[str]]:
    lines = source.split("\n")
    notes: list[str] = []
    for i, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("%%"):
            break
        name = re.sub(r"\W.*", "", text[2:], flags=re.DOTALL)
        if name not in _BODY_MAGICS:
            return _blanked(lines, 0, len(lines)), [
                *notes,
                f"the cell was left out: `%%{name}` is not Python",
            ]
        notes.append(f"line {i + 1}: {_quoted(text)} was ignored")
        lines[i] = ""
    return "\n".join(lines), notes


def _dedented(source: str) -> str:
    """Like IPython: a cell whose first line is indented is moved to the margin."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(margin) for line in lines) if margin else source


def _without_line_magics(source: str) -> tuple[str, list[str]]:
    """Magics, shell and help lines become `pass`. Only a line that begins a statement can be one."""
    lines, notes = source.split("\n"), []
    scanner, i = _Scanner(), 0
    while i < len(lines):
        text = lines[i].strip()
        if scanner.at_statement and _is_magic(text):
            first, indent = i, lines[i][: len(lines[i]) - len(lines[i].lstrip())]
            while lines[i].endswith("\\") and i + 1 < len(lines):
                lines[i], i = "", i + 1
            lines[i] = ""
            lines[first] = indent + (_TIMED.sub("", text) if _TIMED.match(text) else "pass")
            notes.append(f"line {first + 1}: {_quoted(text)} was ignored: it is for IPython only")
        else:
            scanner.feed(lines[i])
        i += 1
    return "\n".join(lines), notes


def _is_magic(text: str) -> bool:
    if _MAGIC.match(text) or _SHELL_ASSIGNMENT.match(text):
        return True
    return bool(_HELP.match(text))


_TOKENS = re.compile(r"'''|\"\"\"|'(?:\\.|[^'\\])*'?|\"(?:\\.|[^\"\\])*\"?|#.*|[()\[\]{}]|\\$", re.DOTALL)


class _Scanner:
    """Knows, line by line, whether the next line begins a statement: not inside a string or brackets."""

    def __init__(self) -> None:
        self._quote, self._depth, self._continued = "", 0, False

    @property
    def at_statement(self) -> bool:
        return not self._quote and self._depth == 0 and not self._continued

    def feed(self, line: str) -> None:
        self._continued, at = False, 0
        while at < len(line):
            if self._quote:
                at = self._string_end(line, at)
                continue
            token = _TOKENS.search(line, at)
            if token is None:
                return
            self._take(token.group())
            at = token.end()

    def _take(self, token: str) -> None:
        if token in ("'''", '"""'):
            self._quote = token
        elif token in "([{":
            self._depth += 1
        elif token in ")]}":
            self._depth = max(0, self._depth - 1)
        elif token == "\\":
            self._continued = True

    def _string_end(self, line: str, at: int) -> int:
        """Where the open triple-quoted string ends in this line (its length if it goes on)."""
        end = re.compile(rf"(?:\\.|(?!{self._quote}).)*{self._quote}", re.DOTALL).match(line, at)
        if end is None:
            return len(line)
        self._quote = ""
        return end.end()
