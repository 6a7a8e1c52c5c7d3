"""Every exception of the grader, in two trees.

GraderError: our fault, or input nobody could use. Ends a command with exit code 2 or 3.

    GraderError
    ├── UsageError          arguments, paths or files the user can mend        (exit code 2)
    │   ├── CourseError     rubric.yaml, reference/ or tests/ contradict each other
    │   └── SubmissionError a submission that cannot be read
    └── WorkerError         the worker could not be started or broke its protocol (exit code 3)

StudentFault: what a call into student code can come to. Raised inside a check, turned into an
`Outcome` by the plugin, never seen by a user.

    StudentFault (Exception)        worth shrinking: a smaller input tells the student more
    ├── Crashed                     the student's code raised
    └── Diverged                    a training that ran off to NaN or infinity
    StudentHalt (BaseException)     not worth shrinking: every further try costs a new worker or a time limit
    ├── NotAttempted                stub or missing name
    ├── TimedOut
    ├── Died                        the process ended: os._exit, a signal
    ├── OutOfMemory
    └── Forbidden                   stopped by the sandbox or by a rule of the exercise

`StudentHalt` derives from BaseException because hypothesis re-runs a test on any Exception.
"""


class GraderError(Exception):
    """Something that is not the student's answer went wrong."""


class UsageError(GraderError):
    """The user can mend it: says what, where, what was wanted and the next step."""


class CourseError(UsageError):
    """The course contradicts itself; the message names the file to mend."""


class SubmissionError(UsageError):
    """A submission that cannot be read."""


class WorkerError(GraderError):
    """The worker could not be started, or what it sent is not the protocol."""


class NotRecorded(GraderError):
    """A sealed course has no answer of the reference's to this question: the instructor's run decides."""


class StudentFault(Exception):
    """A call into student code failed in a way that a smaller input may explain better."""


class Crashed(StudentFault):
    """The student's code raised an exception.

    `kind` is its type's name, `message` its text, `trace` the student's own lines, innermost last.
    """

    def __init__(self, kind: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind, self.message, self.trace = kind, message, trace


class Diverged(StudentFault):
    """A training was stopped because the net's output became NaN or grew without bound."""


class StudentHalt(BaseException):
    """A call into student code that must not be tried again in the same check."""


class NotAttempted(StudentHalt):
    """The function is missing or still the stub."""


class TimedOut(StudentHalt):
    """The call, or the whole check, took longer than its limit."""


class CheckTimedOut(TimedOut):
    """The whole check took longer than its limit, however fast each call was."""


class Died(StudentHalt):
    """The worker process ended in the middle of a call."""


class OutOfMemory(StudentHalt):
    """The call asked for more memory than the worker may have."""


class Forbidden(StudentHalt):
    """The call did something the exercise or the sandbox does not allow."""
