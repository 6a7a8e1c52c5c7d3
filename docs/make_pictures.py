"""`make pictures`: the README's pictures, made by the project itself from a real grading of a student of the demo class.

terminal.svg is what `grade` prints, drawn by rich; report.png is the HTML report in a real browser (it needs chromium and
playwright, and stays as it is without them).
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from grader.model import Score
from grader.report.html import student_report
from grader.report.terminal import report
from grader.rubric import Rubric
from grader.single import grade_one

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
STUDENT, EXERCISES = HERE.parent / "tests" / "demo" / "class" / "bo", ("13.4.2",)


def main() -> int:
    score, course = grade_one(STUDENT, exercises=EXERCISES)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "terminal.svg").write_text(terminal(score, course.rubric), encoding="utf-8")
    return screenshot(student_report(score, course.rubric, "en"), PICTURES / "report.png")


def terminal(score: Score, rubric: Rubric) -> str:
    """The terminal report as SVG. The id is fixed, so that the same report gives the same file."""
    console = Console(
        record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(f"[dim]$[/] grade -e {' -e '.join(EXERCISES)}", highlight=False)
    console.print(report(score, rubric))
    return console.export_svg(title="grade", unique_id="grade")


def screenshot(page: str, path: Path) -> int:
    """The page as a picture; 1 when there is no browser to take it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print(
            f"{path}: left as it is; it needs chromium (apt-get install chromium) and playwright",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        source = Path(folder, "report.html")
        source.write_text(page, encoding="utf-8")
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 960, "height": 1150})
        window.goto(source.as_uri())
        window.screenshot(path=path, full_page=False)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
