"""Graded properties of 1.1."""

from grader.checks import agree


def test_slope_is_two(student):
    """The slope is 2."""
    agree(student.slope(), 2.0)
