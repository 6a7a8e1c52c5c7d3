"""What an instructor can choose for an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.model import Score

Total = Literal["confirmed", "provisional"]


@dataclass(frozen=True)
class Settings:
    """
    language    of every text a student reads: "en" or "zh"
    total       "confirmed": written answers count once a person confirmed them; "provisional": as suggested
    assignment  the name of the column or problem in the platform
    points      what the platform says the assignment is worth: totals are scaled to it; None takes ours
    columns     (role, header) of columns that are named otherwise in the platform's file
    visibility  Gradescope: "visible", "hidden", "after_due_date" or "after_published"
    """

    language: str = "en"
    total: Total = "confirmed"
    assignment: str = ""
    points: float | None = None
    columns: tuple[tuple[str, str], ...] = ()
    visibility: str = "visible"

    def of(self, score: Score) -> float:
        """The total that counts, exact."""
        earned = score.provisional if self.total == "provisional" else score.confirmed
        if self.points is None or not score.possible:
            return earned
        return earned * self.points / score.possible

    def worth(self, score: Score) -> float:
        """What a full score is worth, exact."""
        return score.possible if self.points is None else self.points
