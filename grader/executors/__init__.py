"""Who examines the submissions of a batch, and where."""

from grader.executors.base import Done, Executor, Job, Lost, RunResult, Setting
from grader.executors.local import LocalExecutor, default_jobs

__all__ = ["Done", "Executor", "Job", "LocalExecutor", "Lost", "RunResult", "Setting", "default_jobs"]
