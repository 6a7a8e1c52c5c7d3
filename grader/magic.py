"""`%grade 13.4.2` in a notebook: the verdict and the picture under the cell, in Jupyter, VS Code and plain IPython.

The notebook's code is taken as text from the kernel's history and graded in a worker, as everywhere; nothing of
the kernel's state counts. The grader itself is a process beside the kernel, which stays warm between two calls.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display
from nbformat import v4

from grader.console import language_of
from grader.course import Course, find_course
from grader.errors import UsageError, WorkerError
from grader.model import Score
from grader.report.data import from_data
from grader.report.html.cell import cell_report
from grader.report.messages import translated
from grader.report.terminal import lines
from grader.report.texts import LANGUAGES, words
from grader.report.view import view

TEXT_WIDTH = 88


class Verdict:
    """What is shown under the cell: HTML where it can be shown, the terminal's report elsewhere."""

    def __init__(self, score: Score, course: Course, language: str) -> None:
        self.score, self._course, self._language = score, course, language

    def _repr_html_(self) -> str:
        return cell_report(self.score, self._course.rubric, self._language)

    def __repr__(self) -> str:
        report = view(self.score, self._course.rubric, self._language)
        return "\n".join(line.plain for line in lines(report, TEXT_WIDTH))


class Grader:
    """The process beside the kernel. It is started when first needed, and again after it was lost."""

    def __init__(self, course_dir: Path | None) -> None:
        self.course_dir = course_dir
        self._process: subprocess.Popen[str] | None = None

    def grade(self, notebook: str, exercises: Sequence[str]) -> Score:
        """Raises UsageError for what the student can mend, WorkerError for a fault of ours."""
        with tempfile.TemporaryDirectory(prefix="grade-") as folder:
            path = Path(folder, "notebook.ipynb")
            path.write_text(notebook, encoding="utf-8")
            reply = self._ask({"path": str(path), "exercises": list(exercises)})
        if "result" in reply:
            return from_data(reply["result"])
        raise (UsageError if reply.get("kind") == "usage" else WorkerError)(str(reply.get("error")))

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]  # a pipe, see _started
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()  # type: ignore[union-attr]  # a pipe, see _started

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process if self._process and self._process.poll() is None else self._started()
        try:
            process.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]  # a pipe, see _started
            process.stdin.flush()  # type: ignore[union-attr]  # the same
            return self._reply(process)
        except (
            BaseException
        ):  # also an interrupted kernel: an answer that comes later would be taken for the next one
            process.kill()
            self.close()
            raise

    def _started(self) -> subprocess.Popen[str]:
        self.close()
        command = [
            sys.executable,
            "-m",
            "grader.answering",
            *([str(self.course_dir)] if self.course_dir else []),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True,  # interrupting the kernel is not meant for it
        )  # fmt: skip
        ready = self._reply(self._process)
        if "error" in ready:
            self.close()
            raise UsageError(str(ready["error"]))
        return self._process

    def _reply(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        line = process.stdout.readline()  # type: ignore[union-attr]  # a pipe, see _started
        if not line:
            raise WorkerError(
                "the grader ended without an answer; try again, or grade the saved notebook: grade FILE.ipynb"
            )
        found: dict[str, Any] = json.loads(line)
        return found


@magics_class
class GradeMagics(Magics):
    """%grade and %%grade."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._graders: dict[Path | None, Grader] = {}

    @magic_arguments()
    @argument("exercises", nargs="*", help="exercises or sections: 13.4.2, 13.4; none for all")
    @argument("--lang", default="", help="en or zh")
    @argument("--course", default="", help="grade by the course in this folder")
    @line_cell_magic
    def grade(self, line: str, cell: str | None = None) -> None:
        """Grade what this notebook has defined so far; as %%grade, run the cell first."""
        arguments = parse_argstring(self.grade, line)
        if cell is not None and not self.shell.run_cell(cell).success:
            return  # the error is under the cell already
        try:
            self._show(arguments.exercises, language_of(arguments.lang), arguments.course)
        except (UsageError, WorkerError) as e:
            spoken = arguments.lang if arguments.lang in LANGUAGES else language_of("")
            print(f"grade: {translated(str(e), spoken)}", file=sys.stderr)

    def _show(self, exercises: list[str], language: str, course_dir: str) -> None:
        folder = Path(course_dir).resolve() if course_dir else None
        course = find_course(folder)
        course.rubric.select(exercises)  # a wrong id is known at once
        waiting = display(_Note(words(language).gettext("Grading …")), display_id=True)
        try:
            score = self._graders.setdefault(folder, Grader(folder)).grade(self._notebook(), exercises)
        except BaseException:
            if waiting is not None:
                waiting.update(_Note(""))
            raise
        verdict = Verdict(score, course, language)
        if waiting is None:
            display(verdict)
        else:
            waiting.update(verdict)

    def _notebook(self) -> str:
        """Everything that was run in this kernel, in its order, as a notebook."""
        sources = [_without_own_magic(source) for source in self.shell.history_manager.input_hist_raw[1:]]
        cells = [v4.new_code_cell(source) for source in sources if source.strip()]
        return str(nbformat.writes(v4.new_notebook(cells=cells)))

    def close(self) -> None:
        for grader in self._graders.values():
            grader.close()


class _Note:
    """A line while one waits."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _without_own_magic(source: str) -> str:
    """The cell without `%%grade …`: what follows is plain code."""
    first, _, rest = source.lstrip().partition("\n")
    return rest if first.startswith("%%grade") else source


def load(shell: Any) -> None:
    """Register the magics with a shell."""
    magics = GradeMagics(shell)
    shell.register_magics(magics)
    atexit.register(magics.close)


def unload(shell: Any) -> None:
    """End the grader beside the kernel; IPython has no way to take a magic back."""
    magics = shell.magics_manager.registry.get("GradeMagics")
    if magics is not None:
        magics.close()
        atexit.unregister(magics.close)
