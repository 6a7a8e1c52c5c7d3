"""Runs the corpus of attacks, tests/submissions/hostile/, in a sandbox that was probed first: `make attacks`.

A file's docstring says what it tries and its kind, which says how it is run and what it must come to:

    answers  a submission: it earns nothing but "inputs untouched"
    call     `attack()` must be refused, or come back with nothing
    denial   `attack()` must end, and the next call must work
    kernel   a notebook whose cells (as many as `cells` says) run `attack()` with Jupyter's own sockets in their hands:
             all comes to its end, the grader's memory does not grow, and what went wrong is the notebook's
    file     what `build()` returns (made in the sandbox) is read as a submission: a clear refusal, or plain data
    report   a submission whose report must hold no control character, and under `show: nothing` no hidden input

`at level N: reason` declares an attack that is open at that level and says why; docs/security.md names it too.
"""

from __future__ import annotations

import ast
import io
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from rich.console import Console

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.disclosure import disclosed
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import Crashed, GraderError, StudentHalt, SubmissionError
from grader.fullrun import KernelSubject, NotebookLimits
from grader.host import WorkerSubject
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.model import Cell, Status, Submission, Unit
from grader.names import attempted
from grader.probe import prove
from grader.report.data import as_json
from grader.report.plain import csv_cell
from grader.report.terminal import report
from grader.scoring import score
from grader.subject import Place, Student
from grader.worker.tree import children, tree

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "submissions" / "hostile"
TINY = HERE / "tiny_course"
REPOSITORY = HERE.parents[1]
LIMITS = WorkerLimits(call_seconds=1.0, memory=512 << 20, tasks=48)
MARK = "grade-attack"
NAMES = frozenset({"total", "mean"})
EXERCISE = frozenset({"1.1.1"})
HONEST = "def total(x): return x.sum()\ndef mean(x): return x.mean()\n"
NOTEBOOK_LIMITS = NotebookLimits(cell_seconds=3.0, total_seconds=30.0)
LONGEST_SECONDS = 60.0
MOST_GROWTH = 1 << 30
IN_A_KERNEL = """
import json, os, socket, struct, time
from ipykernel.kernelapp import IPKernelApp
APP = IPKernelApp.instance()
KERNEL = APP.kernel
IDENT = KERNEL._parent_ident["shell"]
def forge(socket, kind, content): raw(socket, kind, json.dumps(content).encode())
def raw(socket, kind, content):
    head = {"msg_id": os.urandom(8).hex(), "msg_type": kind, "username": "", "session": "", "version": "5.3"}
    parent = {**KERNEL.get_parent()["header"], "date": ""}
    parts = [json.dumps(p, default=str).encode() for p in (head, parent, {})] + [content]
    ident = b"grade" if socket is APP.iopub_socket else IDENT[0] if isinstance(IDENT, list) else IDENT
    socket.send_multipart([ident, b"<IDS|MSG>", KERNEL.session.sign(parts), *parts])
"""


@dataclass(frozen=True)
class Attack:
    path: Path
    tries: str
    kind: str
    suffix: str
    cells: int
    residual: dict[int, str]


@dataclass(frozen=True)
class Result:
    """verdict: closed, residual (declared to be open at this level) or open."""

    attack: Attack
    level: int
    happened: str
    verdict: str


def corpus() -> list[Attack]:
    return [read(path) for path in sorted(CORPUS.glob("*.py"))]


def read(path: Path) -> Attack:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    fields = dict(re.findall(r"^([a-z0-9 ]+): (.*)$", doc, re.M))
    residual = {int(k[-1]): v for k, v in fields.items() if k.startswith("at level ")}
    return Attack(
        path,
        doc.splitlines()[0],
        fields["kind"],
        fields.get("suffix", ""),
        int(fields.get("cells", 1)),
        residual,
    )


def run(attacks: list[Attack], launcher: Launcher) -> Iterator[Result]:
    """Run them, one after the other. Raises RuntimeError where there is no sandbox to run them in."""
    level = prove(launcher, [REPOSITORY / "rubric.yaml"]).level
    if level < 2:
        raise RuntimeError("attacks are run in a sandbox only, and grade doctor finds none here")
    with targets() as target:
        for attack in attacks:
            began = time.monotonic()
            try:
                happened, got_in = _KINDS[attack.kind](attack, launcher, target)
            except GraderError as e:
                happened, got_in = f"the grader was hurt: {e}", True
            if time.monotonic() - began > LONGEST_SECONDS:
                happened, got_in = f"it took {time.monotonic() - began:.0f} s", True
            verdict = "closed" if not got_in else "residual" if level in attack.residual else "open"
            yield Result(attack, level, " ".join(happened.split()), verdict)


@contextmanager
def targets() -> Iterator[dict[str, Any]]:
    """What attacks reach for: a secret, servers, this process."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grade-target-")))
        folder.chmod(0o755)
        (folder / "secret").write_text("the planted secret")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(folder / "unix"), f"\0{folder.name}"):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        (folder / "unix").chmod(0o777)
        yield {
            "secret": str(folder / "secret"), "text": "the planted secret", "port": tcp.getsockname()[1],
            "unix": str(folder / "unix"), "abstract": folder.name, "pid": os.getpid(), "ppid": os.getppid(),
            "rubric": str(REPOSITORY / "rubric.yaml"), "home": str(Path.home()), "tmp": tempfile.gettempdir(),
            "reference": str(next((REPOSITORY / "reference").glob("s04*.py"))),
        }  # fmt: skip


def participant(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> Task | None:
    """The attack as one of a class that is graded by the tiny course; None where the file is refused."""
    if attack.kind == "kernel":
        made = in_notebooks(attack, target)
        return Task(made, lambda part: KernelSubject(part, launcher, LIMITS, NOTEBOOK_LIMITS), whole=True)
    if attack.kind == "file":
        with handed_in(attack, launcher, target) as path:
            try:
                made = load_submission(path, Course(TINY).rubric, name=attack.path.stem)
            except SubmissionError:
                return None
    elif attack.kind in ("call", "denial"):
        made = submission(attack, target, "total = mean = lambda x: attack()")
    else:
        made = submission(attack, target)
    return worker_task(made, launcher, LIMITS)


def submission(attack: Attack, target: dict[str, Any], extra: str = "") -> Submission:
    """The file as a submission of the tiny course, with what it aims at and a function that does no harm."""
    source = attack.path.read_text(encoding="utf-8")
    cells = (
        Cell("target", f"TARGET = {target!r}\ndef fine(): return 1\n"),
        Cell(attack.path.name, source + "\n" + extra),
    )
    written = frozenset(attempted(source + "\n" + extra, NAMES))
    return Submission(attack.path.stem, (Unit("s01_sums", "s01_sums.py", cells, attempted=written),))


# ---------------------------------------------------------------- kinds: (what happened, whether it got in)


def _graded(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> list[Examined]:
    """Alone, and after an honest submission has taught which questions go together."""
    found: list[Examined] = []
    honest = Submission(
        "honest", (Unit("s01_sums", "s01_sums.py", (Cell("honest", HONEST),), attempted=NAMES),)
    )
    made = submission(attack, target)
    tasks = [worker_task(each, launcher, LIMITS) for each in (made, honest, made)]
    Examiner(Course(TINY), exercises=EXERCISE).examine(tasks, found.append)
    assert all(o.status is Status.PASSED for o in found[1].outcomes)
    return [found[0], found[2]]


def _answers(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    got_in = False
    for found in _graded(attack, launcher, target):
        whole = score(Course(TINY).rubric, found.submission, found.outcomes, exercises=EXERCISE)
        earned = {i.item for i in whole.items if i.earned}
        got_in = got_in or not earned <= {"inputs"} or bool(whole.grader_errors)
    first = found.outcomes[0]
    return f"{first.status}: {first.message}", got_in


def _called(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, Any]:
    subject = WorkerSubject(submission(attack, target), launcher, LIMITS)
    student = Student(subject)
    subject.begin_check(LONGEST_SECONDS)
    try:
        try:
            value = student.attack()
            happened = f"came back with {value!r}"
        except (Crashed, StudentHalt) as e:
            value, happened = None, f"{type(e).__name__}: {e}"
        subject.begin_check(LONGEST_SECONDS)
        if student.fine() != 1:
            return "the next call does not work", True
    finally:
        subject.close()
    return happened, value


def _call(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    happened, value = _called(attack, launcher, target)
    return happened, bool(value) or target["text"] in happened


def _denial(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    happened, _ = _called(attack, launcher, target)
    return happened, happened.startswith("the next call")


def _kernel(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    subject = KernelSubject(in_notebooks(attack, target), launcher, LIMITS, NOTEBOOK_LIMITS)
    _forget_peak()
    before = _memory(os.getpid(), "VmRSS")
    try:
        subject.begin_check(LONGEST_SECONDS)
        try:
            happened = f"the next notebook says {Student(subject, Place('s02_more', None)).fine()!r}"
        except (Crashed, StudentHalt) as e:
            happened = f"{type(e).__name__}: {e}"
        happened += "".join(f"; {r.where}: {r.message}" for r in subject.remarks)
    finally:
        subject.close()
    grown = _memory(os.getpid(), "VmHWM") - before
    return f"{happened}; {grown >> 20} MB", grown > MOST_GROWTH


def in_notebooks(attack: Attack, target: dict[str, Any]) -> Submission:
    """A notebook that holds the attack, and one after it."""
    prelude = f"TARGET = {target!r}\n{IN_A_KERNEL}"
    source = attack.path.read_text(encoding="utf-8")
    first = _notebook("s01_sums", prelude, source, *["attack()"] * attack.cells)
    return Submission(attack.path.stem, (first, _notebook("s02_more", "def fine(): return 1")))


def _notebook(module: str, *cells: str) -> Unit:
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    read = tuple(Cell(f"cell {n}", c) for n, c in enumerate(cells, 1))
    return Unit(module, f"{module}.ipynb", read, notebook=nbformat.writes(content).encode())


def _file(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    with handed_in(attack, launcher, target) as path:
        try:
            found = load_submission(path, Course(TINY).rubric)
            happened = f"read: {len(found.units)} files, {[r.message for r in found.remarks][:2]}"
        except SubmissionError as e:
            happened = f"refused: {str(e).replace(str(path.parent), '')}"
        left = [p.name for p in path.parent.parent.rglob("*") if p.is_file() and p != path]
    return happened, bool(left) or "/etc/passwd" in happened


@contextmanager
def handed_in(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> Iterator[Path]:
    """The file that `build()` makes in the sandbox, alone in a folder in a folder."""
    limits = WorkerLimits(call_seconds=20.0, memory=3 << 30)
    subject = WorkerSubject(submission(attack, target), launcher, limits)
    try:
        data = Student(subject).build()
    finally:
        subject.close()
    with tempfile.TemporaryDirectory(prefix="grade-target-") as folder:
        path = Path(folder, "inner", f"handed_in{attack.suffix}")
        path.parent.mkdir()
        path.write_bytes(data)
        yield path


def _report(attack: Attack, launcher: Launcher, target: dict[str, Any]) -> tuple[str, bool]:
    *_, found = _graded(attack, launcher, target)
    rubric = Course(TINY).rubric
    whole = score(rubric, found.submission, found.outcomes, exercises=EXERCISE)
    written = io.StringIO()
    Console(file=written, width=120).print(report(whole, rubric))
    message = next((o.message for o in found.outcomes if o.message), "")
    cell = csv_cell(message)
    bad = re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written.getvalue() + cell)
    hidden = [disclosed(o, "nothing") for o in found.outcomes]
    told = as_json(whole, rubric)
    leaks = [o for o in hidden if "INPUT" in str(o)]
    formula = cell[:1] in tuple("=+-@\t\r")
    problem = bool(bad) or bool(leaks) or formula or "\x1b" in told
    return f"shown as {cell[:60]!r}", problem or any(o.status is Status.GRADER_ERROR for o in found.outcomes)


_KINDS = {
    "answers": _answers,
    "call": _call,
    "denial": _denial,
    "kernel": _kernel,
    "file": _file,
    "report": _report,
}


# ---------------------------------------------------------------- the machine, before and after


@dataclass(frozen=True)
class Machine:
    """What must be as before: processes of ours, files with the attacks' mark, shared memory."""

    processes: frozenset[int]
    marked: frozenset[str]
    segments: frozenset[str]
    memory: int

    @classmethod
    def now(cls, launcher: Launcher) -> Machine:
        launcher.level  # noqa: B018 (it has started)
        below = frozenset(p for child in children() for p in tree(child))
        places = {
            *sys.path,
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/etc",
            "/var",
            "/run",
            "/",
            str(Path.home()),
            ".",
        }
        marked = frozenset(str(p) for place in places for p in Path(place).glob(f"{MARK}*"))
        return cls(below, marked, _segments(), _memory_at_rest(below))


def _memory_at_rest(processes: frozenset[int]) -> int:
    """Once it changes no more: another test's launcher may still be importing torch."""
    used = [0, sum(map(_memory, processes))]
    while abs(used[-1] - used[-2]) > 4 << 20 and len(used) < 100:
        time.sleep(0.3)
        used.append(sum(map(_memory, processes)))
    return used[-1]


def _segments() -> frozenset[str]:
    system_v = (
        Path("/proc/sysvipc/shm").read_text().splitlines() if Path("/proc/sysvipc/shm").exists() else []
    )
    return frozenset(line for line in system_v if f" {0x67726164} " in line)


def _memory(pid: int, entry: str = "RssAnon") -> int:
    try:
        line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith(entry))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) << 10


def _forget_peak() -> None:
    """VmHWM counts from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def changes(before: Machine, after: Machine) -> list[str]:
    """What is not as before."""
    found = [f"process {p} stays" for p in sorted(after.processes - before.processes)]
    found += [f"{path} stays" for path in sorted(after.marked - before.marked)]
    found += [f"shared memory stays: {line}" for line in sorted(after.segments - before.segments)]
    grown = after.memory - before.memory
    return [*found, f"{grown >> 20} MB stay"] if grown > 200 << 20 else found


def main(arguments: list[str]) -> int:
    """attacks.py [LEVEL] [NAME …]: 1 when an attack is open."""
    levels = [int(a) for a in arguments if a.isdigit()]
    names = [a for a in arguments if not a.isdigit()]
    chosen = [a for a in corpus() if not names or a.path.stem in names]
    launcher = new_launcher([TINY], level=levels[0] if levels else 3)
    try:
        before = Machine.now(launcher)
        results = []
        for result in run(chosen, launcher):
            results.append(result)
            stem, printable = result.attack.path.stem, csv_cell(result.happened)
            print(
                f"{stem:28} {result.level}  {result.verdict:8} {result.attack.tries[:50]:50} {printable}",
                flush=True,
            )
        left = changes(before, Machine.now(launcher))
    finally:
        launcher.close()
    counts = {v: sum(r.verdict == v for r in results) for v in ("closed", "residual", "open")}
    print(f"{len(results)} attacks: " + ", ".join(f"{n} {v}" for v, n in counts.items()))
    for problem in left:
        print(f"not as before: {problem}")
    return 1 if counts["open"] or left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
