"""What every platform is given: golden files in both languages, schemas, and the rules the platforms set."""

from __future__ import annotations

import base64
import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from golden import same_as_golden
from jsonschema import Draft202012Validator
from sample import ADA, BO, CLASS, CY, DEE, EVE, FRAN, GUY

from grader.course import Course
from grader.errors import UsageError
from grader.exporters import (
    Settings,
    autolab,
    brightspace,
    canvas,
    classroom50,
    grades_csv,
    grades_json,
    junit,
    legacy,
    moodle,
    read_roster,
)
from grader.exporters.archive import gradescope_zip
from grader.exporters.github import MOST_SUMMARY, commands, summary
from grader.exporters.gradescope import results as gradescope
from grader.exporters.prairielearn import results as prairielearn
from grader.exporters.rounding import number, text, whole
from grader.model import Score, StudentResult, SubmissionStatus
from grader.report.data import as_data, from_data
from grader.report.stored import first_problem, student_result
from grader.rubric import Rubric

SCHEMAS = Path(__file__).parent / "schemas"
DOWNLOADED = Path(__file__).parent / "downloaded"
LANGUAGES = ("en", "zh")
SCORES = (ADA, BO, CY, DEE, EVE, FRAN)
RUNNER = {
    "CLASSROOM": "cv", "ASSIGNMENT": "sums", "USERNAME": "ada", "SUBMISSION_TAG": "submit/20260131T235959Z-abc",
    "COMMIT_URL": "https://x/commit/abc", "RELEASE_URL": "https://x/releases/tag/y", "SUBMITTED_AT": "2026-01-31T23:59:59Z",
    "GITHUB_ACTOR": "ada", "GITHUB_ACTOR_ID": "7",
}  # fmt: skip


@pytest.fixture
def rubric(tiny: Course) -> Rubric:
    return tiny.rubric


def valid(data: Any, schema: str) -> None:
    Draft202012Validator(json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))).validate(data)


def downloaded(name: str) -> str:
    return (DOWNLOADED / name).read_bytes().decode("utf-8")


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


# -- the results themselves


@pytest.mark.parametrize("score", SCORES, ids=lambda s: s.submission)
def test_a_result_is_read_back_as_it_was(score: Score, rubric: Rubric) -> None:
    data = json.loads(json.dumps(as_data(score, rubric)))
    assert first_problem(data, "result-1") == ""
    assert from_data(data) == score


def test_a_result_with_another_shape_is_refused_with_its_place(rubric: Rubric) -> None:
    data = as_data(BO, rubric)
    data["exercises"][0]["items"][0]["status"] = "excellent"
    assert first_problem(data, "result-1").startswith("$.exercises[0].items[0].status:")


# -- neutral


def test_grades_csv(rubric: Rubric) -> None:
    same_as_golden("grades.csv", grades_csv(CLASS))
    rows = {r["student"]: r for r in csv.DictReader(io.StringIO(grades_csv(CLASS)))}
    assert rows["guy"]["confirmed"] == "", "unusable is not a zero"
    assert rows["'=dee"]["1.1.2"] == "", "our own fault is not a zero"
    assert rows["eve"]["1.1.2"] == "0"


def test_grades_json(rubric: Rubric) -> None:
    made = grades_json(CLASS, rubric, file=lambda s: f"students/{s}.json")
    same_as_golden("grades.json", made)
    assert first_problem(json.loads(made), "grades-1") == ""


# -- platforms that take one submission


@pytest.mark.parametrize("language", LANGUAGES)
def test_gradescope(language: str, rubric: Rubric) -> None:
    made = gradescope(BO, rubric, Settings(language))
    same_as_golden(f"gradescope.{language}.json", made)
    data = json.loads(made)
    valid(data, "gradescope.schema.json")
    assert data["test_output_format"] == "html"
    assert not any("<script>" in t["output"] for t in data["tests"])


def test_gradescope_scores_nothing_that_was_not_judged(rubric: Rubric) -> None:
    tests = json.loads(gradescope(DEE, rubric, Settings()))["tests"]
    faults = [t for t in tests if "grader_error" in t["tags"]]
    assert faults
    assert all("score" not in t and "status" not in t for t in faults)
    waiting = [
        t for t in json.loads(gradescope(ADA, rubric, Settings()))["tests"] if "awaits_person" in t["tags"]
    ]
    assert waiting
    assert all("score" not in t for t in waiting)


@pytest.mark.parametrize("language", LANGUAGES)
def test_github_commands(language: str, rubric: Rubric) -> None:
    made = commands(BO, rubric, language, root="work/ada")
    same_as_golden(f"github.{language}.txt", made)
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in made.splitlines())
    assert "file=work/ada/s01_sums.py,line=11" in made, "the line that raised"


def test_github_shows_ten_errors_at_most(rubric: Rubric) -> None:
    many = Score("x", BO.items * 8, code=BO.code)
    lines = commands(many, rubric, "en").splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert sum(line.startswith("::warning") for line in lines) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_github_summary(language: str, rubric: Rubric) -> None:
    made = summary(BO, rubric, language)
    same_as_golden(f"github-summary.{language}.md", made)
    assert "<script>" not in made


def test_github_summary_fits(rubric: Rubric) -> None:
    made = summary(Score("x", BO.items * 750, code=BO.code), rubric, "en")
    assert MOST_SUMMARY - 20_000 < len(made.encode()) <= MOST_SUMMARY
    assert made.rstrip().endswith("it is in the JSON result.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_classroom50(language: str, rubric: Rubric) -> None:
    made = classroom50(BO, rubric, Settings(language), RUNNER)
    same_as_golden(f"classroom50.{language}.json", made)
    valid(json.loads(made), "classroom50.schema.json")


def test_classroom50_reports_a_fault_of_ours_as_no_result(rubric: Rubric) -> None:
    data = json.loads(classroom50(DEE, rubric, Settings(), RUNNER))
    assert (data["score"], data["max-score"], data["tests"]) == (0, 0, [])


def test_classroom50_names_what_its_runner_did_not_set(rubric: Rubric) -> None:
    with pytest.raises(UsageError, match="SUBMISSION_TAG, COMMIT_URL"):
        classroom50(
            ADA, rubric, Settings(), RUNNER | {"SUBMISSION_TAG": "", "COMMIT_URL": "", "REVIEW_URL": "x"}
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_github_classroom(language: str, rubric: Rubric) -> None:
    made = legacy(BO, rubric, Settings(language))
    decoded = json.loads(base64.b64decode(made.strip(), validate=True))
    same_as_golden(
        f"github-classroom.{language}.json", json.dumps(decoded, ensure_ascii=False, indent=1) + "\n"
    )
    assert made.count("\n") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit(language: str, rubric: Rubric) -> None:
    pictures = {"total_of_a_vector": "pictures/total_of_a_vector.svg"}
    made = junit(BO, rubric, language, root="work", pictures=pictures)
    same_as_golden(f"junit.{language}.xml", made)
    root = ET.fromstring(made)
    cases = root.findall("*/testcase")
    assert int(root.get("tests", "0")) == len(cases) == 5
    assert len({c.get("name") for c in cases}) == len(cases)
    attached = [
        line
        for out in root.iter("system-out")
        for line in (out.text or "").splitlines()
        if "ATTACHMENT|" in line
    ]
    assert [a for a in attached if a.startswith("[[ATTACHMENT|")] == [
        "[[ATTACHMENT|pictures/total_of_a_vector.svg]]"
    ]


def test_junit_counts_our_faults_as_errors_and_nothing_else(rubric: Rubric) -> None:
    root = ET.fromstring(junit(DEE, rubric, "en"))
    assert (root.get("errors"), root.get("failures")) == ("1", "0")
    root = ET.fromstring(junit(EVE, rubric, "en"))
    assert (root.get("errors"), root.get("failures"), root.get("skipped")) == ("0", "0", "5")


@pytest.mark.parametrize("language", LANGUAGES)
def test_prairielearn(language: str, rubric: Rubric) -> None:
    pictures = {"total_of_a_vector": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
    made = prairielearn(student_result("bo", BO), rubric, Settings(language), pictures)
    same_as_golden(f"prairielearn.{language}.json", made)
    valid(json.loads(made), "prairielearn.schema.json")


def test_prairielearn_costs_no_attempt_when_nothing_could_be_graded(rubric: Rubric) -> None:
    for result in (GUY, student_result("dee", DEE)):
        data = json.loads(prairielearn(result, rubric, Settings()))
        valid(data, "prairielearn.schema.json")
        assert data["gradable"] is False
        assert data["format_errors"]
        assert "score" not in data


def test_prairielearn_stays_under_a_megabyte(rubric: Rubric) -> None:
    pictures = {"total_of_a_vector": "x" * 900_000, "scaler_scales": "y" * 900_000}
    made = prairielearn(student_result("bo", BO), rubric, Settings(), pictures)
    assert len(made.encode()) <= 1_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_autolab(language: str, rubric: Rubric) -> None:
    made = autolab(BO, rubric, Settings(language))
    same_as_golden(f"autolab.{language}.txt", made)
    *_, layout, scores = made.splitlines()
    assert json.loads(layout)["_presentation"] == "semantic"
    assert json.loads(scores) == {"scores": {"1.1.1": 1, "1.1.2": 0}}


def test_autolab_leaves_open_what_was_not_judged(rubric: Rubric) -> None:
    assert json.loads(autolab(DEE, rubric, Settings()).splitlines()[-1]) == {"scores": {"1.1.1": 5}}
    total = autolab(DEE, rubric, Settings(assignment="CV"), "total")
    assert json.loads(total.splitlines()[-1]) == {"scores": {}}
    section = autolab(ADA, rubric, Settings(total="provisional"), "section")
    assert json.loads(section.splitlines()[-1]) == {"scores": {"1.1": 8}}


def test_what_was_not_run_is_in_no_score(rubric: Rubric) -> None:
    tests = json.loads(gradescope(FRAN, rubric, Settings()))["tests"]
    assert "mean" not in {t["extra_data"]["item"] for t in tests}
    assert json.loads(prairielearn(student_result("fran", FRAN), rubric, Settings()))["score"] == number(
        5 / 6, 6
    )
    assert json.loads(classroom50(FRAN, rubric, Settings(), RUNNER))["max-score"] == 6
    assert "mean_of_a_vector" not in junit(FRAN, rubric, "en")


# -- platforms that take a table


def test_canvas(rubric: Rubric) -> None:
    filled = canvas(
        CLASS, read_roster(downloaded("canvas.csv"), "canvas.csv"), Settings(assignment="Homework 3")
    )
    same_as_golden("canvas.csv", filled.text)
    header, *rows = table(filled.text)
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 3 (1234)"]
    assert not any("Points Possible" in cell for row in rows for cell in row)
    assert {r[1]: r[5] for r in rows} == {"11": "7", "12": "1", "14": "1", "16": "0"}
    assert all(r[5] for r in rows), "an empty cell would delete a grade in Canvas"
    assert dict(filled.blank) == {
        "=Dee, =Dee": "needs a person",
        "Guy, Guy": "unusable",
        "Zed, Zoe": "nothing handed in",
    }


def test_canvas_makes_no_new_assignment(rubric: Rubric) -> None:
    roster = read_roster(downloaded("canvas.csv"), "canvas.csv")
    with pytest.raises(UsageError, match="no columns are named 'Homework 5'"):
        canvas(CLASS, roster, Settings(assignment="Homework 5"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_moodle(language: str, rubric: Rubric) -> None:
    before = downloaded("moodle.csv")
    filled = moodle(CLASS, read_roster(before, "moodle.csv"), rubric, Settings(language))
    same_as_golden(f"moodle.{language}.csv", filled.text)
    old, new = table(before), table(filled.text)
    touched = {old[0][c] for o, n in zip(old, new, strict=True) for c in range(len(o)) if o[c] != n[c]}
    assert touched == {"Grade", "Feedback comments"}
    grades = {row[1]: row[4] for row in new[1:]}
    assert grades == {
        "ada": "87.5",
        "bo": "12.5",
        "陈 小明": "12.5",
        "=dee": "",
        "eve": "0",
        "guy": "",
        "Zoe Zed": "55.00",
    }
    assert "<script>" not in filled.text
    assert not any(row[9].startswith(("=", "+", "-", "@")) for row in new)


def test_moodle_in_another_language(rubric: Rubric) -> None:
    text = downloaded("moodle.csv").replace("Identifier", "Kennung").replace("Grade,", "Bewertung,", 1)
    columns = (("identifier", "Kennung"), ("grade", "Bewertung"))
    filled = moodle(CLASS, read_roster(text, "moodle.csv"), rubric, Settings(columns=columns))
    assert table(filled.text)[1][4] == "87.5"
    with pytest.raises(UsageError, match="no column 'Identifier'"):
        moodle(CLASS, read_roster(text, "moodle.csv"), rubric, Settings())


def test_brightspace(rubric: Rubric) -> None:
    roster = read_roster(downloaded("brightspace.csv"), "brightspace.csv")
    filled = brightspace(CLASS, roster, Settings(assignment="Homework 3", points=100))
    same_as_golden("brightspace.csv", filled.text)
    header, *rows = table(filled.text)
    assert header == ["OrgDefinedId", "Username", "Homework 3 Points Grade", "End-of-Line Indicator"]
    assert {r[1]: r[2] for r in rows} == {"#ada": "87.5", "#bo": "12.5", "#chen": "12.5", "#eve": "0"}


def test_names_that_platforms_give_to_files_find_their_row(rubric: Rubric) -> None:
    names = ("Ada_101_assignsubmission_file", "Participant_102_assignsubmission_file", "chen@example.org")
    students = tuple(
        StudentResult(n, SubmissionStatus.GRADED, score=s) for n, s in zip(names, (ADA, BO, CY), strict=True)
    )
    result = type(CLASS)(CLASS.exercises, students)
    filled = moodle(result, read_roster(downloaded("moodle.csv"), "m"), rubric, Settings())
    assert [r[4] for r in table(filled.text)[1:4]] == ["87.5", "12.5", "12.5"]
    assert filled.unmatched == ()


def test_two_results_for_one_row_are_refused(rubric: Rubric) -> None:
    students = tuple(StudentResult(n, SubmissionStatus.GRADED, score=ADA) for n in ("ada", "ADA@example.org"))
    with pytest.raises(UsageError, match="belong to one row"):
        moodle(
            type(CLASS)(CLASS.exercises, students),
            read_roster(downloaded("moodle.csv"), "m"),
            rubric,
            Settings(),
        )


def test_a_file_that_is_no_table_is_refused() -> None:
    for broken in ("", "hello", 'a,b\n"broken'):
        with pytest.raises(UsageError, match="CSV"):
            read_roster(broken, "x.csv")


# -- rounding: one exact score, the digits each platform takes


def test_rounding_is_half_up_and_decimal() -> None:
    assert text(0.1 + 0.2) == "0.3"
    assert text(2.675) == "2.68"
    assert text(0.125) == "0.13"
    assert text(10.0) == "10"
    assert number(7.0) == 7
    assert isinstance(number(7.0), int)


def test_whole_points_never_round_a_loss_away() -> None:
    assert whole(45.49, 45.5) == (45, 46)
    assert whole(45.5, 45.5) == (46, 46)
    assert whole(44.9, 45) == (44, 45)
    assert whole(0.25, 0.25) == (1, 1)
    assert whole(0, 0.25) == (0, 1)
    assert whole(0, 0) == (0, 0)


# -- the archive for Gradescope


def test_the_archive_holds_what_gradescope_runs_and_is_the_same_every_time(tiny: Course) -> None:
    import zipfile

    made = gradescope_zip(tiny, ["1.1"], "zh")
    assert made == gradescope_zip(tiny, ["1.1"], "zh")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = set(archive.namelist())
        assert {
            "setup.sh",
            "run_autograder",
            "requirements.txt",
            "grader/cli.py",
            "course/rubric.yaml",
        } <= names
        assert "course/reference/s01_sums.py" in names
        assert not any("__pycache__" in n or n.startswith("grader/course/") for n in names)
        assert archive.getinfo("run_autograder").external_attr >> 16 & 0o111
        assert "-e 1.1" in archive.read("run_autograder").decode()
        assert b"torch==" in archive.read("requirements.txt")
