"""How learning platforms lay out what they give out, recognised by the names of the files.

canvas      lastfirst_[LATE_]USER_SUBMISSION_file[-N].ext, all in one folder
moodle      First Last_ID_assignsubmission_file_/file, or the same as one file name
gradescope  submission_ID/file, and submission_metadata.yml that says whose they are
github      assignment-username/ git clones, as `gh classroom clone student-repos` makes them
folders     a folder, notebook, .py file or zip for each student, named after the student
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from os.path import commonprefix
from pathlib import PurePosixPath
from typing import Any

import yaml

from grader.errors import UsageError
from grader.intake.tree import Tree
from grader.loader import IGNORED, SUFFIXES


@dataclass(frozen=True)
class Group:
    """The files of one submission: (path in the tree, path inside the submission) pairs, and what the layout says.

    aliases  other things that may stand for the student in a roster
    """

    ident: str
    files: tuple[tuple[str, str], ...]
    source: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    late: bool | None = None
    attempt: int | None = None
    submitted_at: str = ""


@dataclass(frozen=True)
class Layout:
    """A recognised layout: its submissions, and the files that belong to nobody."""

    name: str
    groups: tuple[Group, ...]
    unmatched: tuple[str, ...] = ()


Recogniser = Callable[[Tree], Layout | None]

# ---------------------------------------------------------------- Canvas

_CANVAS = re.compile(
    r"(?P<who>[^_/]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<submission>\d+|text)_(?P<file>[^/]+)"
)
_CANVAS_TEXT = re.compile(r"(?P<who>[^_/]+)_(?P<late>LATE_)?(?P<user>\d+)_text\.html")
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,3})(?P<suffix>\.\w+)")


def canvas(tree: Tree) -> Layout | None:
    """Files in one folder; -1, -2 … behind a name means that it was handed in again."""
    matched = {p: m for p in tree.top() if (m := _CANVAS.fullmatch(p))}
    if not matched or 2 * len(matched) < len(tree.top()) or tree.folders:
        return None
    names = Counter(m["file"] for m in matched.values())
    by_user: dict[str, list[str]] = defaultdict(list)
    for path, match in matched.items():
        by_user[match["user"]].append(path)
    groups = [_canvas_group(tree, [(p, matched[p]) for p in paths], names) for paths in by_user.values()]
    rest = [p for p in tree.top() if p not in matched and not _CANVAS_TEXT.fullmatch(p)]
    return Layout("canvas", tuple(groups), tuple(rest))


def _canvas_group(tree: Tree, files: list[tuple[str, re.Match[str]]], names: Counter[str]) -> Group:
    first = files[0][1]
    shown = {path: _original(m["file"], names) for path, m in files}
    if len(set(shown.values())) < len(shown):  # the student really has both a.ipynb and a-1.ipynb
        shown = {path: m["file"] for path, m in files}
    numbers = [
        int(a["number"]) for p, m in files if m["file"] != shown[p] and (a := _AGAIN.fullmatch(m["file"]))
    ]
    return Group(
        f"{first['who']}_{first['user']}",
        tuple(shown.items()),
        tree.at(files[0][0]),
        aliases=(first["user"], first["who"]),
        late=any(m["late"] for _, m in files),
        attempt=max(numbers) + 1 if numbers else None,
    )


def _original(file: str, names: Counter[str]) -> str:
    """The name before Canvas numbered it; only where somebody handed in that name unnumbered."""
    again = _AGAIN.fullmatch(file)
    plain = f"{again['stem']}{again['suffix']}" if again else file
    return plain if plain in names else file


# ---------------------------------------------------------------- Moodle

_MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)")
_MOODLE_FEEDBACK = re.compile(r".+_\d+_assignfeedback_.*")


def moodle(tree: Tree) -> Layout | None:
    """A folder for each student, or flat files that begin as the folders would be called."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    who: dict[str, re.Match[str]] = {}
    rest = []
    for path in tree.paths:
        first, _, inside = path.partition("/")
        match = _MOODLE.fullmatch(first)
        if match is None:
            rest += [] if _MOODLE_FEEDBACK.fullmatch(first) else [path]
            continue
        who.setdefault(match["id"], match)
        if match["kind"] == "file":
            found[match["id"]].append((path, inside or match["rest"]))
    for folder in tree.folders:  # also those in which nothing lies
        if match := _MOODLE.fullmatch(folder):
            who.setdefault(match["id"], match)
    if not who or len(rest) > len(tree.paths) // 2:
        return None
    groups = [
        Group(
            f"{m['who']}_{id}",
            tuple(found[id]),
            tree.at(m.string),
            m["who"],
            (id, f"Participant {id}", m["who"]),
        )
        for id, m in who.items()
    ]
    return Layout("moodle", tuple(groups), tuple(rest))


# ---------------------------------------------------------------- Gradescope

METADATA = "submission_metadata.yml"


def gradescope(tree: Tree) -> Layout | None:
    """Folders by number; the metadata name their students. A group's submission counts for each of its members."""
    if METADATA not in tree.paths:
        return None
    try:
        data = yaml.safe_load(tree.read(METADATA).decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise UsageError(f"{tree.at(METADATA)}: cannot be read ({e}); export the submissions again") from None
    if not isinstance(data, dict):
        raise UsageError(f"{tree.at(METADATA)}: wanted a list of submissions; export them again")
    groups = [g for folder, facts in data.items() for g in _gradescope_groups(tree, str(folder), facts)]
    known = {str(folder) for folder in data}
    rest = [p for p in tree.paths if p != METADATA and p.split("/")[0] not in known]
    return Layout("gradescope", tuple(groups), tuple(rest))


def _gradescope_groups(tree: Tree, folder: str, facts: Any) -> list[Group]:
    facts = facts if isinstance(facts, dict) else {}
    files = tuple((p, p.removeprefix(f"{folder}/")) for p in tree.below(folder))
    history, submitted = facts.get(":history"), facts.get(":created_at")
    found = []
    for person in facts.get(":submitters") or [{}]:
        about = {k: str(person.get(f":{k}") or "") for k in ("sid", "email", "name")}
        found.append(
            Group(
                about["sid"] or about["email"] or about["name"] or folder,
                files,
                tree.at(folder),
                about["name"],
                tuple(v for v in (about["email"], about["name"], folder) if v),
                attempt=len(history) + 1 if isinstance(history, list) else None,
                submitted_at=str(submitted or ""),
            )
        )
    return found


# ---------------------------------------------------------------- GitHub Classroom


def github(tree: Tree) -> Layout | None:
    """Clones whose names begin alike; what follows is the user."""
    folders = tree.folders
    prefix = commonprefix(folders)  # noqa: RUF071 (letters, not parts of a path)
    prefix = prefix[: prefix.rfind("-") + 1]
    is_classroom = PurePosixPath(tree.name).name.endswith("-submissions") or any(
        map(tree.is_repository, folders)
    )
    if len(folders) < 2 or len(prefix) < 2 or not is_classroom or prefix in folders:
        return None
    groups = [replace(_folder(tree, f), ident=f.removeprefix(prefix), aliases=(f,)) for f in folders]
    return Layout("github", tuple(groups), tree.top())


# ---------------------------------------------------------------- one folder or file a student


def folders(tree: Tree) -> Layout | None:
    """A folder, notebook, .py file or zip for each student."""
    files = {p: None for p in tree.top() if PurePosixPath(p).suffix.lower() in (*SUFFIXES, ".zip")}
    groups = [_folder(tree, f) for f in tree.folders if f not in IGNORED]
    groups += [Group(PurePosixPath(p).stem, ((p, p),), tree.at(p)) for p in files]
    rest = tuple(p for p in tree.top() if p not in files)
    return Layout("folders", tuple(groups), rest)


def _folder(tree: Tree, folder: str) -> Group:
    files = tuple((p, p.removeprefix(f"{folder}/")) for p in tree.below(folder))
    return Group(folder, files, tree.at(folder))


RECOGNISERS: dict[str, Recogniser] = {
    "canvas": canvas,
    "moodle": moodle,
    "gradescope": gradescope,
    "github": github,
    "folders": folders,
}


def recognise(tree: Tree, inner: Iterable[Tree], wanted: str) -> tuple[Layout, Tree]:
    """The first layout that fits the tree, or the folder that a platform wrapped everything into.

    wanted  "auto", or the name of the layout it is. Raises UsageError when that does not fit.
    """
    trees = [tree, *inner]
    for name, recogniser in RECOGNISERS.items():
        if wanted not in ("auto", name):
            continue
        for candidate in trees if name != "folders" else trees[:1]:
            found = recogniser(candidate)
            if found is not None:
                return found, candidate
    raise UsageError(f"{tree.name}: does not look like a download from {wanted}; try --layout auto")
