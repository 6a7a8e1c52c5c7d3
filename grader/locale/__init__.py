"""Catalogues of the program's own words. What a course says is in its rubric.yaml, in every language."""
