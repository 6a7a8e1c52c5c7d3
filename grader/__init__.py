"""An autograder: `grade` on the command line, `%load_ext grader` in a notebook."""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext grader` calls."""
    from grader.magic import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext grader` calls."""
    from grader.magic import unload

    unload(shell)
