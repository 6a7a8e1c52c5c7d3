"""GitHub Actions: annotations on the student's lines, and a summary of the step.

Format: "Workflow commands for GitHub Actions" in GitHub's documentation. A step shows 10 errors and 10 warnings, and
takes a summary of 1 MiB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.exporters.place import in_repository, place
from grader.model import Score, Status
from grader.report.explain import headline, lines, rows, total
from grader.report.plain import points, printable
from grader.report.texts import words
from grader.report.view import ExerciseView, ItemView, Report, State, view
from grader.rubric import Rubric

MOST_SUMMARY = 1 << 20
MOST_ANNOTATIONS = 10
_MARKS = {
    State.PASSED: "✅",
    State.PARTIAL: "🟡",
    State.FAILED: "❌",
    State.NOT_ATTEMPTED: "⬜",
    State.AWAITS_PERSON: "✍️",
    State.GRADER_ERROR: "⚠️",
    State.NOT_RUN: "⏸️",
}


def commands(score: Score, rubric: Rubric, language: str, *, root: str = "") -> str:
    """One workflow command for each lost item, at the line of the student's that it is about.

    root  folder of the submission inside the repository, "" when it is the repository itself
    """
    report = view(score, rubric, language)
    found = list(_annotations(report, language, root))
    errors = [a for a in found if a.startswith("::error")]
    rest = [a for a in found if not a.startswith("::error")]
    shown = errors[:MOST_ANNOTATIONS] + rest[:MOST_ANNOTATIONS]
    notice = _command("notice", {"title": report.course}, total(report))
    return "\n".join([*shown, notice]) + "\n"


def summary(score: Score, rubric: Rubric, language: str) -> str:
    """Markdown for $GITHUB_STEP_SUMMARY, at most 1 MiB: a table of exercises, then every lost point explained."""
    report = view(score, rubric, language)
    _ = words(language).gettext
    head = [f"## {_text(report.course)}", "", _text(total(report)).replace("\n", "<br>"), ""]
    columns = (_("Exercise"), _("Points"), _("Written"))
    head += ["| | " + " | ".join(columns) + " |", "|---|---|--:|--:|"]
    head += [_row(e, _("{suggested} of {possible}")) for e in report.exercises]
    note = _("The rest did not fit; it is in the JSON result.")
    return _within("\n".join(head) + "\n", list(_details(report, language)), f"\n{note}\n")


# ---------------------------------------------------------------- annotations


def _annotations(report: Report, language: str, root: str) -> Iterator[str]:
    for exercise in report.attempted:
        for item in exercise.items:
            failure = item.failure
            if failure is None or failure.status is Status.NOT_ATTEMPTED:
                continue
            where = place(item)
            properties = {"title": headline(exercise, item)}
            if where is not None:
                properties["file"] = in_repository(root, where.path)
                if where.line:
                    properties["line"] = str(where.line)
            level = "warning" if failure.status in (Status.SKIPPED, Status.GRADER_ERROR) else "error"
            yield _command(level, properties, "\n".join([item.said, *lines(item, language)]))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    inside = ",".join(f"{k}={_property(v)}" for k, v in properties.items())
    return f"::{name} {inside}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# ---------------------------------------------------------------- the summary

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@-])")


def _text(text: str) -> str:
    """Text in Markdown that stays text: no tags, links, mentions, emphasis or table cells."""
    plain = printable(text, lines=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def _inside_html(text: str) -> str:
    """Text inside a block of HTML, where nothing is Markdown."""
    plain = printable(text, lines=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("\n", "<br>")


def _row(exercise: ExerciseView, written: str) -> str:
    waiting = exercise.waiting
    automatic = exercise.automatic
    earned, possible = sum(i.earned for i in automatic), sum(i.possible for i in automatic)
    cells = [
        _MARKS[exercise.state],
        f"**{exercise.id}** {_text(exercise.title)}",
        f"{points(earned)} / {points(possible)}" if automatic else "",
        written.format(
            suggested=points(sum(i.suggested for i in waiting)),
            possible=points(sum(i.possible for i in waiting)),
        )
        if waiting
        else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _details(report: Report, language: str) -> Iterator[str]:
    for exercise in report.attempted:
        for item in exercise.items:
            explained = rows(item, language)
            if explained:
                title = _inside_html(f"{headline(exercise, item)} (−{points(item.lost)}, {item.said})")
                yield f"\n<details><summary>{title}</summary>\n\n<table>{_table(item, language)}</table>\n\n</details>\n"


def _table(item: ItemView, language: str) -> str:
    cells = (
        f"<tr><td>{_inside_html(row.label)}</td><td>{_inside_html(row.text)}</td></tr>"
        if row.kind in ("checked", "found", "hint", "because")
        else f"<tr><td>{_inside_html(row.label)}</td><td><code>{_inside_html(row.text)}</code></td></tr>"
        for row in rows(item, language)
    )
    return "".join(cells)


def _within(head: str, parts: list[str], note: str) -> str:
    """As many parts as fit into the limit, with a note when some did not."""
    used = len(head.encode()) + len(note.encode())
    kept: list[str] = []
    for part in parts:
        used += len(part.encode())
        if used > MOST_SUMMARY:
            return head + "".join(kept) + note
        kept.append(part)
    return head + "".join(kept)
