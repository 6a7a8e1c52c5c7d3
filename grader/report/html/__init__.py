"""Reports as one self-contained HTML file: no scripts, no fonts or pictures from elsewhere; dark, light, phone and paper."""

from grader.report.html.class_page import class_page
from grader.report.html.student import student_report

__all__ = ["class_page", "student_report"]
