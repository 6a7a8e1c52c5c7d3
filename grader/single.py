"""One submission from path to Score: what `grade` and `%grade` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course import Course, find_course
from grader.launch import new_launcher
from grader.loader import load_submission
from grader.worker.preload import much_is_imported

if TYPE_CHECKING:
    from grader.model import Score
    from grader.training import Setting

Waiting = Callable[[], AbstractContextManager[Callable[[str], None]]]


def grade_one(
    path: Path,
    *,
    exercises: Sequence[str] = (),
    full: bool = False,
    course_dir: Path | None = None,
    waiting: Waiting | None = None,
    partial: Callable[[Score, Course], None] | None = None,
    training: Callable[[], Setting] | None = None,
    least: int = 1,
    hidden: Sequence[Path] = (),
) -> tuple[Score, Course]:
    """Grade one submission in a worker.

    waiting   gives a function that is told what is going on
    partial   is given the exercises judged so far, again and again
    training  says how training tasks are run, when torch is there; without, they are not
    least     the level of the sandbox without which nothing is run
    hidden    what no student's code may see, besides the course and the submission
    """
    course = find_course(course_dir)
    launcher = new_launcher(
        [course.root, path, *hidden]
    )  # it warms up while we import torch, pytest and the reference
    try:
        with (waiting or (lambda: nullcontext(lambda text: None)))() as say:
            say("Starting …")
            chosen = course.rubric.select(exercises)
            submission = load_submission(path, course.rubric, run="full" if full else "definitions")
            trained = load_submission(path, course.rubric) if full and training else None
            setting = training() if training else None
            if setting is not None:
                from grader.training import require_sets

                require_sets(course, chosen, setting)
            with much_is_imported():
                from grader.engine import Examined, Examiner, worker_task
                from grader.known import KnownChecks
                from grader.probe import prove, require
                from grader.scoring import score

            require(prove(launcher, [course.root / "rubric.yaml"]).level, least)

            def so_far(found: Examined) -> None:
                judged = frozenset(o.exercise for o in found.outcomes)
                if partial is not None:
                    partial(score(course.rubric, found.submission, found.outcomes, exercises=judged), course)

            examiner = Examiner(
                course,
                exercises=chosen,
                progress=lambda _, exercise: say(f"Checking {exercise} …"),
                partial=so_far if partial else None,
                training=setting,
                known=KnownChecks(course),
            )
            results: list[Examined] = []
            task = worker_task(submission, launcher, full=full, definitions=trained)
            examiner.examine([task], results.append)
        found = results[0]
        return score(
            course.rubric, submission, found.outcomes, exercises=chosen, remarks=found.remarks
        ), course
    finally:
        launcher.close()
