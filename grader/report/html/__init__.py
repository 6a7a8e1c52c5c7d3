"""Reports as one self-contained HTML file: no scripts, no fonts or pictures from elsewhere; dark, light, phone and paper."""

from grader.report.html.student import student_report

__all__ = ["student_report"]
