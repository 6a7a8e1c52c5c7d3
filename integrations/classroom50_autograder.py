"""autograder.py for Classroom 50: copy it to CLASSROOM/autograders/ASSIGNMENT/ and set EXERCISES.

The runner executes it in the student's checkout with CLASSROOM, ASSIGNMENT, USERNAME, SUBMISSION_TAG, COMMIT_URL,
RELEASE_URL and REVIEW_URL set. It writes result.json beside the student's files, as the runner wants it.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

EXERCISES = ("13.3", "13.4")


def main() -> int:
    chosen = [part for exercise in EXERCISES for part in ("-e", exercise)]
    with tempfile.TemporaryDirectory() as scratch:
        found = Path(scratch, "result.json")
        graded = subprocess.run(["grade", "run", ".", "--json", found, *chosen], check=False)
        if not found.exists():
            return graded.returncode or 3
        environment = {**os.environ, "SUBMITTED_AT": os.environ.get("SUBMITTED_AT") or commit_date()}
        export = ["grade", "export", "classroom50", found, "--out", "result.json"]
        return subprocess.run(export, env=environment, check=False).returncode


def commit_date() -> str:
    """When the graded commit was made, in UTC: it stays the same when a submission is graded again."""
    command = ["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"]
    seconds = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    sys.exit(main())
