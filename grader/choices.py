"""What can be chosen on the command line. Apart, because --help needs nothing else."""

from enum import StrEnum


class RunMode(StrEnum):
    definitions = "definitions"
    full = "full"


class TaskSize(StrEnum):
    auto = "auto"
    cpu = "cpu"
    gpu = "gpu"


class TaskData(StrEnum):
    course = "course"
    real = "real"


class Layout(StrEnum):
    """How a class's submissions lie on disk (grader.intake)."""

    auto = "auto"
    folders = "folders"
    canvas = "canvas"
    moodle = "moodle"
    gradescope = "gradescope"
    github = "github"


class Form(StrEnum):
    """What `grade export` can write."""

    grades_csv = "grades-csv"
    grades_json = "grades-json"
    gradescope = "gradescope"
    gradescope_zip = "gradescope-zip"
    github = "github"
    github_summary = "github-summary"
    classroom50 = "classroom50"
    github_classroom = "github-classroom"
    junit = "junit"
    canvas = "canvas"
    moodle = "moodle"
    brightspace = "brightspace"
    prairielearn = "prairielearn"
    autolab = "autolab"


class Total(StrEnum):
    confirmed = "confirmed"
    provisional = "provisional"


class Problems(StrEnum):
    exercise = "exercise"
    section = "section"
    total = "total"


class Visibility(StrEnum):
    visible = "visible"
    hidden = "hidden"
    after_due_date = "after_due_date"
    after_published = "after_published"
