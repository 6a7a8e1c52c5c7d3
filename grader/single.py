"""One submission from path to Score: what `grade` and `%grade` share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course import Course
from grader.launch import Launcher, new_launcher

if TYPE_CHECKING:
    from grader.engine import Examined, Task
    from grader.model import Score
    from grader.training import Setting

Waiting = Callable[[], AbstractContextManager[Callable[[str], None]]]


@contextmanager
def warming(course: Course, path: Path, hidden: Sequence[Path] = ()) -> Iterator[Launcher]:
    """What starts the worker for a submission. It warms up while torch, pytest and the reference are imported here.

    hidden  what no student's code may see, besides the course and the submission
    """
    launcher = new_launcher([course.root, path, *hidden])
    try:
        yield launcher
    finally:
        launcher.close()


def grade_one(
    path: Path,
    course: Course,
    launcher: Launcher,
    *,
    exercises: Sequence[str] = (),
    full: bool = False,
    waiting: Waiting | None = None,
    partial: Callable[[Score], None] | None = None,
    training: Callable[[], Setting] | None = None,
    least: int = 1,
) -> Score:
    """Grade one submission in a worker.

    waiting   gives a function that is told what is going on
    partial   is given the exercises judged so far, again and again
    training  says how training tasks are run, when torch is there; without, they are not
    least     the level of the sandbox without which nothing is run
    """
    with (waiting or (lambda: nullcontext(lambda text: None)))() as say:
        say("Starting …")
        from grader.loader import load_submission

        chosen = course.rubric.select(exercises)
        submission = load_submission(path, course.rubric, run="full" if full else "definitions")
        trained = load_submission(path, course.rubric) if full and training else None
        setting = training() if training else None
        if setting is not None:
            from grader.training import require_sets

            require_sets(course, chosen, setting)
        from grader.worker.preload import much_is_imported

        with much_is_imported():
            from grader.engine import Examiner, worker_task
            from grader.known import KnownChecks
            from grader.probe import prove, require
            from grader.scoring import score

        def so_far(found: Examined) -> None:
            judged = frozenset(o.exercise for o in found.outcomes)
            if partial is not None:
                partial(score(course.rubric, found.submission, found.outcomes, exercises=judged))

        def proved() -> Iterator[Task]:
            """Taken when the checks are loaded: until then the worker's process may still warm up."""
            require(prove(launcher, [course.root / "rubric.yaml"]).level, least)
            yield worker_task(submission, launcher, full=full, definitions=trained)

        examiner = Examiner(
            course,
            exercises=chosen,
            progress=lambda _, exercise: say(f"Checking {exercise} …"),
            partial=so_far if partial else None,
            training=setting,
            known=KnownChecks(course),
        )
        results: list[Examined] = []
        examiner.examine(proved(), results.append)
    found = results[0]
    return score(course.rubric, submission, found.outcomes, exercises=chosen, remarks=found.remarks)
