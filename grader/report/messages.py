"""What was found, in the reader's language.

A message is made where something is found, in English, and stored. Here the pattern it was made by is recognised, in the
engine's catalogue or in the course's texts (grader.phrases), and said again in another language. What a student's code said is
left as it is.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.phrases import Phrasebook, read_texts
from grader.report.texts import words
from grader.version_rot import ADVICE

_WORD = r"[^\s,;()]+"
_INSIDE = dict.fromkeys(
    (
        "got", "desired", "off", "allowed", "count", "all", "seconds", "number", "line", "value", "bound",
    ), _WORD,
) | {
    "place": r"[\d, ]+",
    "quoted": r"`[^`]*`",
    "sequence": "tuple|list",
    "length": r"\d+",
    "metric": r"\w+",
    "kind": r"[^\s:,;()]+(?: of \d+)?",
    "other": r"[^\s:,;()]+(?: of \d+)?|a number",
}  # fmt: skip


def translated(message: str, language: str, texts: Path | None = None, module: str = "") -> str:
    """`message` in `language`, as far as it is the engine's own or of the checks of the section `module`."""
    if language == "en":
        return message
    return _phrasebook(language, texts, module).told(message) or message


def of_crash(message: str, language: str) -> str:
    """`message` of code that raised: only what the engine says of it is translated, never the exception's own text."""
    return translated(message, language) if message.startswith(_OWN_CRASH) else message


@cache
def _phrasebook(language: str, texts: Path | None, module: str) -> Phrasebook:
    translate = words(language).gettext
    own = [(message, translate(message)) for message in _ENGINE]
    pairs = read_texts(texts, module) if texts else ()
    return Phrasebook([*own, *((pair.en, pair.in_language(language)) for pair in pairs)], _INSIDE)


def _(message: str) -> str:
    """Only marks it for the catalogue."""
    return message


# ---------------------------------------------------------------- patterns of what the engine says

_VALUES = (
    _("convention differs: {name}"),
    _("the result"),
    _("{what} has shape {shape}, wanted {form}: {note}"),
    _("{what} has shape {shape}, wanted {form}"),
    _("{what} has dtype {got}, wanted {desired}"),
    _("{what} holds NaN or infinity"),
    _("{what} has {got} elements, wanted {desired}"),
    _("{what} has no key {key}"),
    _(
        "element [{place}] is {got}, wanted {desired} (difference {off}, allowed {allowed}); {count} of {all} elements differ"
    ),
    _("element [{place}] is {got}, wanted {desired} (difference {off}, allowed {allowed})"),
    _("{got}, wanted {desired} (difference {off}, allowed {allowed}); {count} of {all} elements differ"),
    _("{got}, wanted {desired} (difference {off}, allowed {allowed})"),
    _("element [{place}] is {got}, wanted {desired}"),
    _("shape {shape}, wanted {form}"),
    _("device {first}, wanted {second}"),
    _("dtype {dtype} is {family}, wanted {other}"),
    _("floating-point"),
    _("floating"),
    _("integer"),
    _("boolean"),
    _("a number"),
    _("{sequence} of {length}"),
    _("{got} elements, wanted {desired}"),
    _("{kind}, wanted torch.Tensor of shape {shape}"),
    _("{kind}, wanted {other}"),
    _("key {key} is missing"),
    _("key {key} was not expected"),
    _("{what} is {kind}, wanted a torch.Tensor"),
    _("{what} is {kind}, wanted a number"),
    _("{what} is {kind}, wanted a finite number"),
    _("{what} is {kind}, wanted a tuple or list of {number}"),
    _("{what} is {kind}, wanted a tuple or list"),
    _("{what} is {kind}, wanted a dict"),
    _("{what} is {kind}, wanted a str"),
    _("at least"),
    _("at most"),
    _("{metric} {value}, wanted at least {bound}"),
    _("{metric} {value}, wanted at most {bound}"),
    _("{missed} (the mean of {count} runs with different seeds: {values})"),
)

# how a check ended, without a value
_ENDS = (
    _("first mend {name}, which this builds on ({message})"),
    _("first mend {name}, which this builds on"),
    _("{name} is not written yet"),
    _("{name} is not defined"),
    _("no answer after {seconds} s"),
    _("still running after {seconds} s"),
    _("the check as a whole took too long"),
    _("it and what it started used more than {size} GB"),
    _("it and what it started used more than {seconds} s of CPU time"),
    _("it started more than {number} processes and threads"),
    _("it wrote more files than its scratch folder holds"),
    _("it ended the process"),
    _("the same input gave different results in two runs"),
    _("in epoch {number} the net's output became {value}"),
    _("as large as {value}"),
    # the same as grader.verdict.DIVERGED; a test holds them together
    _(
        "Nothing learns from NaN. Lower the learning rate; take the logarithm of a softmax with log_softmax, never "
        "log of softmax; see that no division or logarithm meets 0; zero the gradients before each backward."
    ),
)

# of a command that failed
_FAILED = (
    _("error:"),
    _("a fault of the grader:"),
    _("Please report it with the output of the same command after: export GRADE_DEBUG=1"),
    _("stopped; what is finished stays"),
    _("--lang {name}: wanted en or zh"),
    _("no exercise or section {name} in this course; it has sections {first} to {last} (try: grade list)"),
    _(
        "the sandbox reaches level {level} on this machine, and level {least} is wanted; grade doctor says what is missing "
        "and how to get it"
    ),
    _("{path}: no such file; make it with: {command}"),
    _("{path}: not a readable JSON file ({reason}); make it again with: {command}"),
    _("{path}: not a result of this program: {reason}; make it with: {command}"),
    _("{path}: a result of the course {name}, wanted {wanted}; name its course with --course DIR"),
    _("{path}: cannot be written ({reason}); choose another place or make room"),
    _("--device, --size and --data are about training tasks; add --train to run them"),
    _("--device {name}: wanted auto, cpu, cuda or cuda:1"),
    _("the grader ended without an answer; try again, or grade the saved notebook: grade FILE.ipynb"),
    _("{option} {name}: wanted one exercise, like {example}"),
    _("{option} {name}: there are no hints for it; there are for {names}"),
)

# while one waits
_WAITING = (
    _("Starting …"),
    _("Checking {exercise} epoch {done}/{all} …"),
    _("Checking {exercise} …"),
    _("{exercise} epoch {done}/{all}"),
    _("Comparing submissions …"),
)

# while reading a submission
_NOTICED = (
    _("cell {number}"),
    _("{path}, cell {number}"),
    _("not installed here; the grader's small stand-in with the chapter's helpers is used"),
    _("line {line}: {quoted} was ignored: it is for IPython only"),
    _("line {line}: {quoted} was ignored"),
    _("line {line}: {quoted} is not Python ({reason}); left out up to the next statement"),
    _("line {line}: all from here on was left out, too much of it is not Python"),
    _(
        "line {line}: {quoted} is set only by a loop or a deletion, which is not run when grading by definitions; "
        "set it outside of the loop, or pass it as an argument"
    ),
    _("line {line}: {name} answers an exercise this course does not have"),
    _("names exercise {name}, which this course does not have"),
    _("and {number} more lines that are not Python"),
    _("the cell was left out: {quoted} is not Python"),
    _("this cell and all after it were left out: too much code"),
    _("answers the same section as {name}, which comes first"),
    _("all of it was left out, it is not Python ({reason})"),
    _("left out: it is not Python ({reason})"),
    _("left out: it has {many} characters, at most {most} are read"),
    _("left out: it has no cell_type, or its source is not text"),
    _("left out: a link or not a plain file"),
    _("left out: larger than announced"),
    _("left out: encrypted"),
    _("left out: {size} MB"),
    _("left out: {reason}"),
    _("left out with all after it: more than {many} characters of code"),
    _("left out with all after it: the notebooks ran for {seconds} s"),
    _("more than {many} elements of code"),
    _("more than {many} statements or {most} functions"),
    _("text left out: the notebook has too much of it"),
    _("null bytes or broken characters were left out"),
    _("has the same id as cell {number} ({name}); both are graded"),
    _("{many} cells; only the first {most} are read"),
    _("notebook format {number} was converted to format 4"),
    _("saved as UTF-16; save it as UTF-8"),
    _("the coding line names no known encoding; read as UTF-8"),
    _("not {declared} as it says; read as {encoding}"),
    _("not UTF-8; some characters were lost"),
    _("{size} MB, more than the {most} MB a file may have"),
    _("cannot be read ({reason})"),
    _("still running after {seconds} s, and it could not be interrupted"),
    _("interrupted after {seconds} s"),
    _("its result could not be read ({reason})"),
    _("too deeply nested"),
)

# submissions that cannot be read
_UNUSABLE = (
    _("{path}: no such file or folder"),
    _("{path}: no such file or folder; name what to grade, or start with: grade init DIR"),
    _("{path}: no such file or folder; name a result, or what to grade"),
    _("{path}: nothing to grade; wanted .py files or notebooks ({reason}). Start with: grade init DIR"),
    _("{path}: nothing to grade; wanted .py files or notebooks. Start with: grade init DIR"),
    _("{path}: is neither a file nor a folder"),
    _("{path}: wanted a folder, a .py file, a notebook (.ipynb) or a .zip"),
    _("{path}: more than {many} .py files and notebooks; name a smaller folder"),
    _("{path}: not a readable zip archive ({reason}); zip the folder again"),
    _("{path}: {many} members, more than the {most} an archive may have"),
    _("{path}: member {name} points outside the archive; zip the folder again"),
    _(
        "{path}: unpacks to {size} MB in {many} files, more than the {most} MB in {files} files a submission may have"
    ),
    _("{path}: {size} bytes; wanted a Python file of at most {most}: keep data in files of its own"),
    _("{path}: {reason}; wanted a file written by hand: keep data in files of its own"),
    _("{path}: {reason}; wanted {form}: {next}"),
    _("a notebook saved by Jupyter"),
    _("a notebook without large outputs"),
    _("format 4 or older"),
    _("open it in Jupyter, save it again (File, Save) and hand that file in"),
    _("clear the outputs and save it again"),
    _("download the notebook itself (Raw)"),
    _("{size} MB, at most {most} MB are read"),
    _("the file is empty"),
    _("a web page, not a notebook"),
    _("byte {number} is not {encoding} text"),
    _("not JSON: line {line}, column {number}: {reason} (the file ends too early)"),
    _("not JSON: line {line}, column {number}: {reason}"),
    _("not JSON: {reason}"),
    _("JSON nested too deeply"),
    _("JSON, but a {kind} and not a notebook"),
    _('JSON, but not a notebook: it has no "nbformat"'),
    _("JSON, but not a notebook: {reason}"),
    _('it has no "cells"'),
    _('"cells" is a {kind}, not a list'),
    _("notebook format {number} that cannot be converted ({reason})"),
    _("notebook format {number}"),
    _("none of its cells has the form of a cell (cell_type, source)"),
)

# beside an export
_EXPORTED = (
    _("{name}: no grade ({reason})"),
    _("{name}: has a result, but no row in {path} fits its name"),
    _("{path}: {size} MB; upload it as the autograder, with Ubuntu 24.04 and 6 GB of memory"),
)

# of code that did not answer as code does; the rest of a crash is the student's own text
_CRASHES = (
    _("unusable result: {reason}"),
    _("the value is nested too deeply"),
    _("the value is nested too deeply or too large"),
    _("the value is too large to send"),
    _("the value holds more than {size} MB"),
    _("the value holds an integer of more than 64 bits"),
    _("tensors of dtype {dtype} are not part of any answer"),
    _("{kind} is not data"),
    _("the iterator yields more than {number} items"),
    _("gradients could not be read"),
    _("the module's parameters could not be read"),
    _("the process ended"),
    _("the process ended itself with exit code {number} (os._exit?)"),
    _("the process was ended by signal {name}"),
    _("the process sent something that is not an answer ({reason})"),
    _("the process sent an answer that nobody had asked for"),
    _("the notebook was run {number} times and its kernel was lost each time"),
)

_ENGINE = (*_VALUES, *_ENDS, *_FAILED, *_WAITING, *_NOTICED, *_UNUSABLE, *_EXPORTED, *_CRASHES, *ADVICE)
_OWN_CRASH = ("unusable result: ", "the process ", "the notebook was run ")
