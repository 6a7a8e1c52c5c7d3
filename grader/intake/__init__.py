"""What instructors have on disk → who handed in what. Nothing is run, and nothing is unpacked to disk."""

from grader.intake.collect import Handin, Intake, collect
from grader.intake.layouts import RECOGNISERS

__all__ = ["RECOGNISERS", "Handin", "Intake", "collect"]
