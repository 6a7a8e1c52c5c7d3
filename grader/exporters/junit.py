"""JUnit XML for GitLab, Jenkins and anyone: one case for each check, at the student's file and line.

GitLab and Jenkins read attachments from lines [[ATTACHMENT|path]] of a case's output. A check that was not reached,
an exercise nobody attempted and an answer that waits for a person are skipped, not failed; our own fault is an error.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from grader.exporters.place import in_repository, place
from grader.model import Outcome, Score, Status
from grader.report.explain import lines
from grader.report.plain import printable
from grader.report.texts import words
from grader.report.view import ExerciseView, ItemView, SectionView, view
from grader.rubric import Rubric

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ATTACHMENT = re.compile(r"\[\[(?=\s*ATTACHMENT)", re.IGNORECASE)


def junit(
    score: Score, rubric: Rubric, language: str, *, root: str = "", pictures: Mapping[str, str] | None = None
) -> str:
    """
    root      folder of the submission inside the repository, put before every file name
    pictures  check → path of its picture, as the platform will find it
    """
    report = view(score, rubric, language)
    suites = ET.Element("testsuites", name=_clean(report.submission))
    for section in report.sections:
        suites.append(_suite(section, language, root, pictures or {}))
    _count(suites, list(suites))
    ET.indent(suites, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _suite(section: SectionView, language: str, root: str, pictures: Mapping[str, str]) -> ET.Element:
    suite = ET.Element("testsuite", name=_clean(f"{section.id} {section.title}"))
    for exercise in section.exercises:
        for item in exercise.items:
            if item.written:
                suite.append(_written(exercise, item, language))
            for outcome, sentence in zip(item.outcomes, item.sentences, strict=True):
                case = _case(exercise, item, outcome, sentence, language, root)
                _attach(case, outcome, pictures)
                suite.append(case)
            if not item.written and not item.outcomes:
                suite.append(_unreported(exercise, item))
    seconds = sum(e.seconds for e in section.exercises)
    suite.set("time", f"{seconds:.3f}")
    suite.set("tests", str(len(suite)))
    for kind in ("failure", "error", "skipped"):
        suite.set(
            {"failure": "failures", "error": "errors"}.get(kind, kind), str(len(suite.findall(f"*/{kind}")))
        )
    return suite


def _case(
    exercise: ExerciseView, item: ItemView, outcome: Outcome, sentence: str, language: str, root: str
) -> ET.Element:
    case = _new(exercise, item, outcome.check)
    case.set("time", f"{outcome.seconds:.3f}")
    where = place(item)
    if where is not None:
        case.set("file", _clean(in_repository(root, where.path)))
        if where.line:
            case.set("line", str(where.line))
    if outcome.status is not Status.PASSED:
        tag = {Status.SKIPPED: "skipped", Status.NOT_ATTEMPTED: "skipped", Status.GRADER_ERROR: "error"}
        found = ET.SubElement(case, tag.get(outcome.status, "failure"))
        found.set("message", _clean(f"{sentence} {item.said}" if sentence else item.said)[:500])
        found.set("type", outcome.status.value)
        found.text = _clean("\n".join(lines(item, language)))
    if outcome.output:
        ET.SubElement(case, "system-out").text = _clean(printable(outcome.output, lines=True))
    return case


def _attach(case: ET.Element, outcome: Outcome, pictures: Mapping[str, str]) -> None:
    path = pictures.get(outcome.check)
    if path is None:
        return
    out = case.find("system-out")
    if out is None:
        out = ET.SubElement(case, "system-out")
    out.text = f"{out.text or ''}\n[[ATTACHMENT|{_clean(path)}]]".lstrip()


def _written(exercise: ExerciseView, item: ItemView, language: str) -> ET.Element:
    case = _new(exercise, item, item.id)
    _ = words(language).gettext
    found = ET.SubElement(case, "skipped")
    found.set("message", item.said if item.waits else _("not written yet"))
    return case


def _unreported(exercise: ExerciseView, item: ItemView) -> ET.Element:
    case = _new(exercise, item, item.id)
    ET.SubElement(case, "error").set("message", item.said)
    return case


def _new(exercise: ExerciseView, item: ItemView, name: str) -> ET.Element:
    title = f"{exercise.id} {item.title}: {name}"  # GitLab ignores a second case of the same name
    return ET.Element("testcase", classname=_clean(f"{exercise.id} {exercise.title}"), name=_clean(title))


def _count(total: ET.Element, suites: list[ET.Element]) -> None:
    for name in ("tests", "failures", "errors", "skipped"):
        total.set(name, str(sum(int(s.get(name, "0")) for s in suites)))
    total.set("time", f"{sum(float(s.get('time', '0')) for s in suites):.3f}")


def _clean(text: str) -> str:
    """Text for XML 1.0, which has no way to write most control characters, and in which nothing attaches a file."""
    return _ATTACHMENT.sub("[ [", _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
