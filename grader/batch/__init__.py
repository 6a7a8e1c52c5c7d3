"""A whole class: nothing twice, nothing lost, a broken submission costs only itself."""

from grader.batch.run import Options, grade_class

__all__ = ["Options", "grade_class"]
