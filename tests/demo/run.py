"""`make demo`: grade a small mixed class with the real command and check every cell of the table.

The class: ada is right, bo is wrong, cy has only the stubs, dee's code hangs, eve's code ends the process, fay's
notebook follows the book, and guy's zip is broken. Exit code 0 means that grades.csv is what it must be.
"""

import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECTIONS = ("13.3", "13.4", "13.10")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="grade-demo-") as folder:
        submissions, out = Path(folder, "class"), Path(folder, "results")
        shutil.copytree(HERE / "class", submissions)
        shutil.copytree(ROOT / "student_template", submissions / "cy")
        (submissions / "guy.zip").write_bytes(b"PK\x03\x04 this upload broke off")
        grade = [sys.executable, "-m", "grader.cli"]
        chosen = [part for section in SECTIONS for part in ("-e", section)]
        code = subprocess.run([*grade, "batch", submissions, "--out", out, *chosen], check=False).returncode
        print("\nWhat bo reads:\n", flush=True)
        subprocess.run([*grade, submissions / "bo", "-e", "13.4.2", "-e", "13.10.1"], check=False)
        return code or differences(out / "grades.csv", HERE / "expected.csv")


def differences(got: Path, wanted: Path) -> int:
    """Print every cell that is not as it must be; the number of them."""
    found = {row["student"]: row for row in csv.DictReader(got.open(encoding="utf-8"))}
    expected = {row["student"]: row for row in csv.DictReader(wanted.open(encoding="utf-8"))}
    wrong = [
        f"{student}, {column}: {found.get(student, {}).get(column)!r}, wanted {value!r}"
        for student, row in expected.items()
        for column, value in row.items()
        if column != "message" and found.get(student, {}).get(column) != value
    ]
    wrong += [f"{student}: nobody by that name was expected" for student in found.keys() - expected.keys()]
    print("\n".join(wrong) if wrong else f"\nevery cell of {len(expected)} rows is right")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
