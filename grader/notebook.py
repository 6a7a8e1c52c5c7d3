"""Notebook or .py file → Unit: which code belongs to which exercise, and the written answers. Text only.

    bytes ─ decoded and checked ─→ cells ─ attributed to exercises ─→ cleaned ─ definitions only ─→ Unit

A file that cannot be used at all is a SubmissionError; everything smaller is a Remark, and the rest counts.
"""

from __future__ import annotations

import codecs
import json
import re
import tokenize
import warnings
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Literal

from grader.attribution import Attribution, numbers_like_the_book
from grader.definitions import MAX_CELLS, MAX_CODE, definitions, without_main
from grader.errors import SubmissionError
from grader.model import Cell, Remark, Unit
from grader.names import as_identifier, top_level_names
from grader.outline import Outline, RawCell, answers_in, section_of_notebook, titles
from grader.rubric import Rubric
from grader.source import MAX_CELL, TooLarge, clean, mend, plain_text

MAX_NOTEBOOK = 50_000_000
MAX_PYTHON = MAX_CELL
MAX_MARKDOWN = 1_000_000  # characters of a whole notebook, without pictures
_SAVE_AGAIN = "open it in Jupyter, save it again (File, Save) and hand that file in"

Run = Literal["definitions", "full"]


def read_notebook(
    data: bytes, path: str, rubric: Rubric, *, run: Run = "definitions"
) -> tuple[Unit, list[Remark]]:
    """A notebook's code cells by exercise, and its written answers.

    run  "definitions": cells keep only what defines something; "full": all of their Python

    Raises SubmissionError when the file is no notebook of version 1 to 4.
    """
    remarks: list[Remark] = []
    raw = raw_cells(data, path, remarks)
    attribution = Attribution(rubric)
    code = _code(raw, path, remarks if run == "definitions" else [])  # a kernel runs magics, too
    if run == "definitions":
        raw = [c for c in raw if c.role != "look" or _answers(code.get(c.number, ""), rubric)]
    names = {n for source in code.values() for n in top_level_names(source)}
    section, exercise = section_of_notebook(raw, names, path, attribution)
    book_numbers = numbers_like_the_book(title for _, title in titles(raw))
    walk = Outline(attribution, section, exercise, path, rubric, remarks, book_numbers)
    for cell in raw:
        walk.visit(cell, code.get(cell.number, ""))
    cells = tuple(walk.code)
    if run == "definitions":
        cells, more = definitions(cells, wanted_names(rubric))
        remarks += [Remark(f"{path}, {r.where}", r.message) for r in more]
    own = attribution.section_of_path(path) or walk.only_section()
    own = own or (None if walk.several_sections() else section)
    module = own.module if own else as_identifier(PurePath(path).stem)
    return Unit(module, path, cells, walk.prose(), data), remarks


def read_python(source: bytes, path: str, rubric: Rubric) -> tuple[Unit, list[Remark]]:
    """A .py file as one cell that runs as written, without its `if __name__ == "__main__"` block.

    A chunk that is not Python is left out with a remark that names file, line and text.

    Raises SubmissionError for a file above 1 MB or with more statements than anybody writes.
    """
    if len(source) > MAX_PYTHON:
        raise SubmissionError(
            f"{path}: {len(source):,} bytes; wanted a Python file of at most {MAX_PYTHON:,}: "
            "keep data in files of its own"
        )
    text, remarks = _decoded(source, path)
    text, notes = plain_text(text)
    try:
        text, broken = mend(text)
    except TooLarge as e:
        raise SubmissionError(
            f"{path}: {e.reason}; wanted a file written by hand: keep data in files of its own"
        ) from None
    remarks += [Remark(path, note) for note in notes + broken]
    attribution = Attribution(rubric)
    section = attribution.section_of_path(path) or attribution.section_of_names(top_level_names(text))
    prose: dict[str, list[str]] = {}
    remarks += answers_in(text, path, attribution, prose)
    module = section.module if section else as_identifier(PurePath(path).stem)
    exercise = attribution.first_id(PurePath(path).stem.replace("-", "_"))
    cell = Cell(PurePath(path).name, without_main(text), exercise)
    return Unit(module, path, (cell,), {e: "\n\n".join(t) for e, t in prose.items()}), remarks


def raw_cells(data: bytes, path: str, remarks: list[Remark]) -> list[RawCell]:
    """The cells of a notebook of any version, checked but neither cleaned nor attributed."""
    return _cells(_version_4(_json(data, path), path, remarks), path, remarks)


def wanted_names(rubric: Rubric) -> frozenset[str]:
    """Every function name of the course, aliases included."""
    return frozenset(n for s in rubric.sections for n in s.names())


def _answers(source: str, rubric: Rubric) -> bool:
    """Whether somebody wrote an answer into a cell that is there for looking at results."""
    return not wanted_names(rubric).isdisjoint(top_level_names(source))


# ---------------------------------------------------------------- bytes → notebook


def _unusable(
    path: str, what: str, wanted: str = "a notebook saved by Jupyter", next_step: str = _SAVE_AGAIN
) -> SubmissionError:
    """The error of a file that is no notebook: where, what it is, what was wanted, what to do."""
    return SubmissionError(f"{path}: {what}; wanted {wanted}: {next_step}")


def _json(data: bytes, path: str) -> dict[str, Any]:
    if len(data) > MAX_NOTEBOOK:
        what = f"{len(data) / 1e6:.0f} MB, at most {MAX_NOTEBOOK / 1e6:.0f} MB are read"
        raise _unusable(path, what, "a notebook without large outputs", "clear the outputs and save it again")
    if not data.strip():
        raise _unusable(path, "the file is empty")
    if data.lstrip().startswith(b"<"):
        raise _unusable(path, "a web page, not a notebook", next_step="download the notebook itself (Raw)")
    try:
        text = data.decode(json.detect_encoding(data))
        found = json.loads(text.removeprefix("\ufeff"))
    except UnicodeDecodeError as e:
        raise _unusable(path, f"byte {e.start} is not {e.encoding.upper()} text") from None
    except json.JSONDecodeError as e:
        cut = (
            " (the file ends too early)"
            if e.pos >= len(e.doc.rstrip()) - 1 or "Unterminated" in e.msg
            else ""
        )
        raise _unusable(path, f"not JSON: line {e.lineno}, column {e.colno}: {e.msg}{cut}") from None
    except (RecursionError, MemoryError):
        raise _unusable(path, "JSON nested too deeply") from None
    except ValueError as e:  # an integer of thousands of digits
        raise _unusable(path, f"not JSON: {str(e)[:100]}") from None
    if not isinstance(found, dict):
        raise _unusable(path, f"JSON, but a {_json_type(found)} and not a notebook")
    return found


def _json_type(value: Any) -> str:
    names = {list: "list", str: "text", int: "number", float: "number", bool: "true or false"}
    return names.get(type(value), "null")


def _version_4(found: dict[str, Any], path: str, remarks: list[Remark]) -> dict[str, Any]:
    """The notebook in format 4, without outputs; older formats are converted."""
    major = found.get("nbformat", 4 if isinstance(found.get("cells"), list) else None)
    if type(major) is not int:
        raise _unusable(path, 'JSON, but not a notebook: it has no "nbformat"')
    if not 1 <= major <= 4:
        raise _unusable(path, f"notebook format {str(major)[:20]}", "format 4 or older")
    if major == 4:
        return found
    import nbformat  # takes 0.2 s, and hardly any notebook needs it here

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            converted = nbformat.convert(nbformat.from_dict(_without_outputs(found)), 4)
    except Exception as e:  # nbformat trusts its input: anything can be raised
        raise _unusable(
            path, f"notebook format {major} that cannot be converted ({type(e).__name__})"
        ) from None
    remarks.append(Remark(path, f"notebook format {major} was converted to format 4"))
    return dict(converted)


def _without_outputs(found: dict[str, Any]) -> dict[str, Any]:
    """Outputs prove nothing and are the part of old notebooks that converts worst."""
    sheets = found.get("worksheets", [])
    for sheet in sheets if isinstance(sheets, list) else []:
        for cell in sheet.get("cells", []) if isinstance(sheet, dict) else []:
            if isinstance(cell, dict) and "outputs" in cell:
                cell["outputs"] = []
    return found


# ---------------------------------------------------------------- notebook → raw cells


def _cells(notebook: dict[str, Any], path: str, remarks: list[Remark]) -> list[RawCell]:
    found = notebook.get("cells")
    if not isinstance(found, list):
        what = 'it has no "cells"' if found is None else f'"cells" is a {_json_type(found)}, not a list'
        raise _unusable(path, f"JSON, but not a notebook: {what}")
    if len(found) > MAX_CELLS:
        remarks.append(Remark(path, f"{len(found):,} cells; only the first {MAX_CELLS:,} are read"))
    _check_ids(found, path, remarks)
    raw = [_raw(number, cell, path, remarks) for number, cell in enumerate(found[:MAX_CELLS], 1)]
    cells = [cell for cell in raw if cell is not None]
    if found and not cells:
        raise _unusable(path, "none of its cells has the form of a cell (cell_type, source)")
    return _short_texts(cells, path, remarks)


_PICTURE = re.compile(r"data:[\w/+.-]{1,50};base64,[A-Za-z0-9+/=]+")


def _short_texts(cells: list[RawCell], path: str, remarks: list[Remark]) -> list[RawCell]:
    """Markdown without pictures pasted into the text; what is beyond the limit is left out."""
    short, size = [], 0
    for cell in cells:
        if cell.kind == "markdown":
            cell = replace(cell, source=_PICTURE.sub("", cell.source))
            size += len(cell.source)
            if size > MAX_MARKDOWN:
                remarks.append(
                    Remark(f"{path}, {cell.label}", "text left out: the notebook has too much of it")
                )
                continue
        short.append(cell)
    return short


def _check_ids(cells: list[Any], path: str, remarks: list[Remark]) -> None:
    """Two cells with one id (a cell copied by hand) are told apart by their number, which is all we need."""
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells[:MAX_CELLS], 1):
        id = cell.get("id") if isinstance(cell, dict) else None
        if not isinstance(id, str):
            continue
        if id in seen:
            message = f"has the same id as cell {seen[id]} ({id[:40]!r}); both are graded"
            remarks.append(Remark(f"{path}, cell {number}", message))
        seen.setdefault(id, number)


def _raw(number: int, cell: Any, path: str, remarks: list[Remark]) -> RawCell | None:
    where = f"{path}, cell {number}"
    source = _text(cell.get("source")) if isinstance(cell, dict) else None
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if source is None or not isinstance(kind, str):
        remarks.append(Remark(where, "left out: it has no cell_type, or its source is not text"))
        return None
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    own = metadata.get("grader")
    own = own if isinstance(own, dict) else {}
    tags = metadata.get("tags")
    tags = tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else ()
    return RawCell(number, kind, source, _string(own.get("role")), _string(own.get("exercise")), tags)


def _text(source: Any) -> str | None:
    """A source is a string or a list of its lines."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _code(cells: list[RawCell], path: str, remarks: list[Remark]) -> dict[int, str]:
    """Cell number → the cell's Python, up to the limit for a whole notebook."""
    code: dict[int, str] = {}
    size = 0
    for cell in cells:
        if cell.kind != "code":
            continue
        size += len(cell.source)
        where = f"{path}, {cell.label}"
        if size > MAX_CODE:
            remarks.append(
                Remark(where, f"left out with all after it: more than {MAX_CODE:,} characters of code")
            )
            break
        code[cell.number], notes = clean(cell.source)
        remarks += [Remark(where, note) for note in notes]
    return code


# ---------------------------------------------------------------- .py bytes → text

# Text encodings people save Python files in. Others (punycode, rot13, idna) are slow or no encodings of text.
_ENCODINGS = re.compile(
    r"ascii|utf-?8(-?sig)?|iso-?8859-?\d+|latin-?1|cp\d+|gbk|gb2312|gb18030|big5(hkscs)?"
    r"|shift_jis|euc_(jp|kr)|koi8-[ru]"
)


def _decoded(source: bytes, path: str) -> tuple[str, list[Remark]]:
    """The file's text by its byte-order mark, its coding line (PEP 263), as UTF-8 or as GB 18030."""
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return source.decode("utf-16", "replace"), [Remark(path, "saved as UTF-16; save it as UTF-8")]
    remarks = []
    try:
        declared = codecs.lookup(tokenize.detect_encoding(iter(source.split(b"\n")).__next__)[0]).name
        if not _ENCODINGS.fullmatch(declared):
            raise LookupError
    except (SyntaxError, LookupError, ValueError):
        declared = "utf-8"
        if source.isascii():
            remarks.append(Remark(path, "the coding line names no known encoding; read as UTF-8"))
    for encoding in (declared, "utf-8", "gb18030"):
        try:
            text = source.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != declared:
            remarks.append(Remark(path, f"not {declared} as it says; read as {encoding}"))
        return text, remarks
    return source.decode("utf-8", "replace"), [Remark(path, "not UTF-8; some characters were lost")]
