"""The gradebook: what was examined and what came of it, in SQLite or PostgreSQL. Points are computed when it is read."""

from grader.gradebook.records import Examination, Reading, Received, Run
from grader.gradebook.store import Gradebook, Recorded

__all__ = ["Examination", "Gradebook", "Reading", "Received", "Recorded", "Run"]
