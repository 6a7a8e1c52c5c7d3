"""What instructors have on disk: whose is which file, and what does not fit. Nothing is run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from grader.choices import Layout
from grader.errors import SubmissionError, UsageError
from grader.intake import RECOGNISERS, Handin, Intake, collect

CODE = b"x = 1\n"


def make(root: Path, *paths: str, **contents: bytes) -> Path:
    """Files below `root`; a path that ends with / is an empty folder."""
    for path in paths:
        if path.endswith("/"):
            (root / path).mkdir(parents=True)
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(contents.get(path, archive("a.py") if path.endswith(".zip") else CODE))
    return root


def archive(*paths: str) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as zipped:
        for path in paths:
            zipped.writestr(path, CODE)
    return found.getvalue()


def zipped(root: Path) -> Path:
    """The same tree as a zip."""
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as target:
        for file in sorted(root.rglob("*")):
            target.write(file, file.relative_to(root))
    return path


def files(intake: Intake) -> dict[str, list[str]]:
    return {h.received.student: [f.path for f in h.read()] for h in intake.handins}


def handin(intake: Intake, student: str) -> Handin:
    return next(h for h in intake.handins if h.received.student == student)


def test_names_that_begin_alike_keep_their_files(tmp_path: Path) -> None:
    names = ("a", "a b", "a-1", "a.b", "a0", "aa", "é")
    root = make(tmp_path / "class", *(f"{n}/{f}.py" for n in names for f in "xy"))
    for path in (root, zipped(root)):
        assert files(collect(path)) == {n: ["x.py", "y.py"] for n in names}


def test_choices_are_the_layouts() -> None:
    assert {layout.value for layout in Layout} == {"auto", *RECOGNISERS}


# -- one folder or file for each student


@pytest.mark.parametrize("as_zip", [False, True])
def test_folders_and_files(tmp_path: Path, as_zip: bool) -> None:
    root = make(
        tmp_path / "class", "ada/a.py", "ada/deep/b.ipynb", "ada/venv/lib.py", "bo.py", "cy.zip", "notes.txt"
    )
    found = collect(zipped(root) if as_zip else root)
    assert files(found) == {"ada": ["a.py", "deep/b.ipynb"], "bo": ["bo.py"], "cy": ["a.py"]}
    assert found.notes == ("belong to nobody and are left alone: notes.txt",)


def test_an_empty_folder_is_a_submission_of_nothing(tmp_path: Path) -> None:
    assert files(collect(make(tmp_path / "class", "ada/", "bo/a.py"))) == {"ada": [], "bo": ["a.py"]}


def test_an_archive_is_opened_when_there_is_nothing_else(tmp_path: Path) -> None:
    root = make(tmp_path / "class", "ada/work.zip", "bo/a.py", "bo/data.zip", "cy/one.zip", "cy/two.zip")
    assert files(collect(root)) == {"ada": ["a.py"], "bo": ["a.py"], "cy": ["one/a.py", "two/a.py"]}


def test_a_broken_archive_is_told_when_it_is_read(tmp_path: Path) -> None:
    root = make(tmp_path / "class", "ada/work.zip", **{"ada/work.zip": b"PK no"})
    with pytest.raises(SubmissionError, match=r"ada/work\.zip: not a readable zip"):
        list(handin(collect(root), "ada").read())


def test_two_submissions_of_one_student_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ada and ada\.py are both submissions of 'ada'"):
        collect(make(tmp_path / "class", "ada/a.py", "ada.py"))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no submissions"):
        collect(make(tmp_path / "class", "notes.txt"))
    with pytest.raises(UsageError, match="not a folder"):
        collect(tmp_path / "class" / "notes.txt")
    with pytest.raises(UsageError, match="does not look like a download from moodle"):
        collect(make(tmp_path / "other", "ada/a.py"), layout="moodle")


def test_links_are_not_followed(tmp_path: Path) -> None:
    root = make(tmp_path / "class", "ada/a.py")
    (root / "ada" / "b.py").symlink_to("/etc/passwd")
    (root / "eve").symlink_to("/etc")
    assert files(collect(root)) == {"ada": ["a.py"]}


def test_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "b\udcff.py").write_bytes(CODE)
    assert list(files(collect(tmp_path / "class"))) == ["b\ufffd"]


def test_a_zip_that_points_outside(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive("../evil/a.py"))
    with pytest.raises(UsageError, match="points outside"):
        collect(tmp_path / "a.zip")


# -- learning platforms


@pytest.mark.parametrize("as_zip", [False, True])
def test_canvas(tmp_path: Path, as_zip: bool) -> None:
    root = make(
        tmp_path / "download",
        "byronada_4711_901_s04.py",
        "byronada_4711_902_lab-1.ipynb",
        "noetheremmy_LATE_4712_903_s04-2.py",
        "noetheremmy_LATE_4712_904_lab-1.ipynb",
        "curiemarie_4713_text.html",
    )
    found = collect(zipped(root) if as_zip else root)
    assert found.layout == "canvas"
    assert files(found) == {
        "byronada_4711": ["s04.py", "lab-1.ipynb"],
        "noetheremmy_4712": ["s04.py", "lab-1.ipynb"],
    }
    ada, emmy = (h.received for h in found.handins)
    assert (ada.late, ada.attempt) == (False, None)
    assert (emmy.late, emmy.attempt) == (True, 3)
    assert found.notes == ("2 submissions (canvas, 1 late, 1 handed in again)",)


def test_canvas_keeps_two_files_apart_that_only_a_number_parts(tmp_path: Path) -> None:
    root = make(tmp_path / "download", "byronada_1_2_a.py", "byronada_1_3_a-1.py")
    assert files(collect(root)) == {"byronada_1": ["a.py", "a-1.py"]}


@pytest.mark.parametrize("as_zip", [False, True])
def test_moodle(tmp_path: Path, as_zip: bool) -> None:
    root = make(
        tmp_path / "download",
        "Ada Byron_11_assignsubmission_file_/a.py",
        "Ada Byron_11_assignsubmission_file_/sub/b.py",
        "Ada Byron_11_assignsubmission_onlinetext_/onlinetext.html",
        "Emmy Noether_12_assignsubmission_file_a.ipynb",
        "李 雷_13_assignsubmission_file_/work.zip",
        "stray.pdf",
    )
    found = collect(zipped(root) if as_zip else root)
    assert files(found) == {
        "Ada Byron_11": ["a.py", "sub/b.py"], "Emmy Noether_12": ["a.ipynb"], "李 雷_13": ["a.py"],
    }  # fmt: skip
    assert [h.received.name for h in found.handins] == ["Ada Byron", "Emmy Noether", "李 雷"]
    assert found.notes[1] == "belong to nobody and are left alone: stray.pdf"


METADATA = b"""
submission_901:
  :submitters:
  - :name: Ada Byron
    :sid: '4711'
    :email: ada@example.org
  - :name: Emmy Noether
    :sid:
    :email: emmy@example.org
  :created_at: 2026-01-02 03:04:05.000000000 Z
  :score: 0.0
  :history:
  - :id: 900
submission_902:
  :submitters: []
"""


@pytest.mark.parametrize("as_zip", [False, True])
def test_gradescope(tmp_path: Path, as_zip: bool) -> None:
    root = make(
        tmp_path / "download",
        "assignment_1_export/submission_901/a.py",
        "assignment_1_export/submission_902/b.py",
        "assignment_1_export/submission_999/c.py",
        "assignment_1_export/submission_metadata.yml",
        **{"assignment_1_export/submission_metadata.yml": METADATA},
    )
    found = collect(zipped(root) if as_zip else root)
    assert files(found) == {"4711": ["a.py"], "emmy@example.org": ["a.py"], "submission_902": ["b.py"]}
    ada = handin(found, "4711").received
    assert (ada.name, ada.attempt, ada.submitted_at[:10]) == ("Ada Byron", 2, "2026-01-02")
    assert found.notes[1] == "belong to nobody and are left alone: submission_999/c.py"


def test_broken_metadata(tmp_path: Path) -> None:
    root = make(tmp_path / "d", "submission_metadata.yml", **{"submission_metadata.yml": b"a: [1"})
    with pytest.raises(UsageError, match="cannot be read"):
        collect(root)


def test_github_classroom(tmp_path: Path) -> None:
    root = make(tmp_path / "hw1-submissions", "hw1-ada/a.py", "hw1-bo-smith/b.py", "hw1-ada/.git/HEAD")
    found = collect(root)
    assert found.layout == "github"
    assert files(found) == {"ada": ["a.py"], "bo-smith": ["b.py"]}


def test_folders_whose_names_begin_alike_are_no_clones(tmp_path: Path) -> None:
    assert list(files(collect(make(tmp_path / "class", "team-a/a.py", "team-b/b.py")))) == [
        "team-a",
        "team-b",
    ]


# -- rosters


def roster(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_roster_maps_what_platforms_call_students(tmp_path: Path) -> None:
    path = roster(
        tmp_path,
        "SIS User ID,Name,ID,github_username,Email\n"
        's1,"Byron, Ada",4711,ada-b,ada@example.org\n'
        "s2,Emmy Noether,4712,emmy,emmy@example.org\n"
        "s3,Marie Curie,4713,,marie@example.org\n",
    )
    canvas = collect(make(tmp_path / "c", "byronada_4711_1_a.py", "strangerin_99_2_a.py"), roster=path)
    assert [(h.received.student, h.received.name) for h in canvas.handins] == [
        ("s1", "Byron, Ada"),
        ("strangerin_99", ""),
    ]
    assert [p.ident for p in canvas.missing] == ["s2", "s3"]
    assert canvas.notes[1:] == (
        "not in the roster, graded under the names they have: strangerin_99",
        "in the roster, and nothing of them: Emmy Noether, Marie Curie",
    )
    moodle = collect(make(tmp_path / "m", "Emmy Noether_77_assignsubmission_file_/a.py"), roster=path)
    assert list(files(moodle)) == ["s2"]
    github = collect(make(tmp_path / "g-submissions", "hw-ada-b/a.py", "hw-emmy/a.py"), roster=path)
    assert list(files(github)) == ["s1", "s2"]
    folders = collect(
        make(tmp_path / "f", "ada@example.org/a.py", "ada_byron.py", "marie curie.ipynb"), roster=None
    )
    assert len(folders.handins) == 3
    with pytest.raises(UsageError, match="both submissions of 's1'"):
        collect(tmp_path / "f", roster=path)


def test_a_name_that_two_students_share_stands_for_neither(tmp_path: Path) -> None:
    path = roster(tmp_path, "id,name\n1,Ada Byron\n2,Ada Byron\n")
    assert list(files(collect(make(tmp_path / "f", "ada byron/a.py"), roster=path))) == ["ada byron"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column that identifies"),
        ("id,name\n1,A\n1,B\n", "stands in two rows"),
    ],
)
def test_a_roster_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        collect(make(tmp_path / "f", "ada/a.py"), roster=roster(tmp_path, text))
    with pytest.raises(UsageError, match="cannot be read"):
        collect(tmp_path / "f", roster=tmp_path / "nowhere.csv")
