"""Results → the files of other platforms. Pure: nothing is read, printed or written here; see docs/platforms.md."""

from grader.exporters.autolab import autolab
from grader.exporters.brightspace import brightspace
from grader.exporters.canvas import canvas
from grader.exporters.classroom import classroom50, legacy
from grader.exporters.grades import grades_csv, grades_json
from grader.exporters.junit import junit
from grader.exporters.moodle import moodle
from grader.exporters.roster import Filled, Roster, read_roster
from grader.exporters.settings import Settings, Total

__all__ = [
    "Filled",
    "Roster",
    "Settings",
    "Total",
    "autolab",
    "brightspace",
    "canvas",
    "classroom50",
    "grades_csv",
    "grades_json",
    "junit",
    "legacy",
    "moodle",
    "read_roster",
]
