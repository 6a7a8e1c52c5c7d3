"""`make locale`: extract the program's words, merge them into the catalogues and compile those (needs Babel).

With --check nothing is written; the exit code says whether something is missing or out of date.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
HERE = Path(__file__).resolve().parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
HEADER = "# Words of the program in another language. MIT, as the program.\n#"


def main() -> int:
    check = "--check" in sys.argv[1:]
    problems: list[str] = []
    for po in sorted(HERE.glob("*/LC_MESSAGES/grader.po")):
        language = po.parent.parent.name
        catalog = _merged(po, language)
        missing = [str(m.id) for m in catalog if m.id and not m.string]
        problems += [f"{po}: not translated: {id!r}" for id in missing]
        for path, data in ((po, _po(catalog)), (po.with_suffix(".mo"), _mo(catalog))):
            if path.exists() and path.read_bytes() == data:
                continue
            if check:
                problems.append(f"{path}: out of date; run: make locale")
            else:
                path.write_bytes(data)
    print("\n".join(problems) or "the catalogues are complete")
    return 1 if problems else 0


def _merged(po: Path, language: str) -> Catalog:
    with po.open("rb") as f:
        catalog = read_po(f, locale=language)
    catalog.update(_template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = LONG_AGO  # the same words give the same file
    return catalog


def _template() -> Catalog:
    template = Catalog(charset="utf-8")
    package = HERE.parent
    for _, _, message, _, _ in extract_from_dir(
        package, METHODS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
    ):
        template.add(message)
    return template


def _po(catalog: Catalog) -> bytes:
    catalog.header_comment = HEADER
    out = io.BytesIO()
    write_po(out, catalog, no_location=True, sort_output=True, include_lineno=False, width=110)
    lines = out.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(('"POT-Creation', '"PO-Revision', '"Generated-By'))]
    return "".join(kept).encode()


def _mo(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
