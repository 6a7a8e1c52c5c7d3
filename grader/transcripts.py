"""Conversations that ended well: equal answers to equal questions get equal verdicts.

A check is a pure function of the replies it hears, as long as no object stays in the worker. So the questions of a case that
held, and the digests of the replies to them, judge every later submission that answers alike, without the check, the
reference or the decoder. Where a reply is new, the check itself judges that case, and what it then hears is learned.

Questions whose cases are known are asked many at a time, in levels: the first of every case, then the second of those whose first
reply was a known one, and so on. A later question may hold the right answer to an earlier one (`corners(centre(box))`), so no
question is sent before the earlier ones of its case are answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.cases import Key, Listener
from grader.errors import StudentHalt
from grader.questions import Bundle, Question, RawReply, Replies
from grader.subject import Subject

MOST_KEPT = 256 << 20
"""bytes of questions"""
MOST_ANSWERS = 64
"""known replies at one point of a case"""

PLAIN = ("call", "vjp", "which", "signature")

Talk = list[tuple[Question, bytes]]
"""the questions of a case and the digests of the replies, in their order"""

Given = list[tuple[Question, RawReply | StudentHalt]]
"""what was asked of a case ahead of it, and how that ended"""


@dataclass
class _Turn:
    """A question, and what follows each reply to it: another question, or None where the case holds."""

    question: Question
    next: dict[bytes, _Turn | None] = field(default_factory=dict)

    @property
    def usual(self) -> _Turn | None:
        """What followed the first reply that was ever heard here."""
        return next(iter(self.next.values()), None)

    def at_once(self) -> Iterator[_Turn]:
        """What can be asked without waiting: looking up names tells nothing about a later answer."""
        turn: _Turn | None = self
        while turn is not None:
            yield turn
            turn = turn.usual if b'"op":"which"' in turn.question.header else None

    def after(self, replies: Mapping[Question, RawReply | StudentHalt]) -> tuple[Given, _Turn | None, bool]:
        """What was said, the turn that it leads to, and whether all of it was known."""
        given: Given = []
        reached: _Turn | None = self
        known = True
        for turn in self.at_once():
            reply = replies.get(turn.question)
            if turn is not reached or reply is None:
                break
            given.append((turn.question, reply))
            if isinstance(reply, StudentHalt):
                return given, turn, False
            known &= reply.digest in turn.next
            reached = turn.next.get(reply.digest, turn.usual)
        return given, reached, known


class Transcripts:
    """The conversations of all cases that held for somebody."""

    def __init__(self) -> None:
        self._first: dict[Key, _Turn] = {}
        self._levels: dict[tuple[tuple[Key, int], ...], _Level] = {}
        self._size = 0

    def forget(self) -> None:
        """Other cases will be asked about."""
        self._first.clear()
        self._levels.clear()
        self._size = 0

    def knows(self, key: Key) -> bool:
        return key in self._first

    def learn(self, key: Key, talk: Talk | None) -> None:
        """A case held. Nothing is learned from a conversation about objects (None), or without a question."""
        if not talk or self._size > MOST_KEPT:
            return
        turn = self._first.get(key)
        if turn is None:
            turn = self._first[key] = self._new(talk[0][0])
        for (question, digest), following in zip(talk, [*(q for q, _ in talk[1:]), None], strict=True):
            if turn.question != question or len(turn.next) >= MOST_ANSWERS:
                return  # something else than the replies decides what is asked
            if digest not in turn.next:
                turn.next[digest] = None if following is None else self._new(following)
            after = turn.next[digest]
            if after is None or following is None:
                return
            turn = after

    def usual(self, key: Key) -> Talk | None:
        """A conversation in which the case held; None where none is known."""
        turn, talk = self._first.get(key), []
        while turn is not None:
            answer = next(iter(turn.next))
            talk.append((turn.question, answer))
            turn = turn.next[answer]
        return talk or None

    def follow(self, subject: Subject, keys: Iterable[Key]) -> dict[Key, Given]:
        """Ask what is known of these cases. The cases that this does not settle, with what was heard of them.

        After a reply that is new, a case is asked what was asked next before: most questions are the same for everybody, and
        the check that then judges the case need not wait for the replies.
        One in the middle of which the subject was lost comes first: there is no use in asking on.
        """
        all_keys = tuple(keys)
        unsettled = dict.fromkeys(key for key in all_keys if key not in self._first)
        level = self._level([(key, self._first[key]) for key in all_keys if key in self._first])
        heard: list[tuple[_Level, Replies]] = []
        lost: dict[Key, None] = {}
        while level.turns and not lost:
            replies = subject.ask_all(level.bundle)
            heard.append((level, replies))
            following = level.settled.get(replies.digest) if replies.halt is None else None
            if following is None:
                reached, new = level.after(replies)
                following = self._level(reached)
                unsettled |= new
                if replies.halt is not None:
                    lost = level.lost(replies) | dict.fromkeys(key for key, _ in reached)
                elif not new and len(level.settled) < MOST_ANSWERS:
                    level.settled[replies.digest] = following
            level = following
        open_ = lost | unsettled | dict.fromkeys(key for key, _ in level.turns)
        return _given(open_, heard) if open_ else {}

    def _level(self, turns: Sequence[tuple[Key, _Turn]]) -> _Level:
        """The same turns are the same level."""
        name = tuple((key, id(turn)) for key, turn in turns)
        found = self._levels.get(name)
        if found is None:
            found = _Level(tuple(turns))
            if self._size <= MOST_KEPT:
                self._levels[name] = found
                self._size += found.bundle.size
        return found

    def _new(self, question: Question) -> _Turn:
        self._size += len(question.header) + len(question.body)
        return _Turn(question)


class _Level:
    """Turns of several cases, none of which can answer another.

    settled  by the digest of all replies: the level that follows, where each of them was known
    """

    def __init__(self, turns: tuple[tuple[Key, _Turn], ...]) -> None:
        self.turns = turns
        self.bundle = Bundle(tuple(dict.fromkeys(t.question for _, turn in turns for t in turn.at_once())))
        self.settled: dict[bytes, _Level] = {}

    def after(self, replies: Replies) -> tuple[list[tuple[Key, _Turn]], dict[Key, None]]:
        """The turns that the replies lead to, and the cases to which one of them was new."""
        by_question = self._by_question(replies)
        reached: list[tuple[Key, _Turn]] = []
        new: dict[Key, None] = {}
        for key, turn in self.turns:
            _, following, known = turn.after(by_question)
            if following is not None:
                reached.append((key, following))
            if not known:
                new[key] = None
        return reached, new

    def heard(self, replies: Replies) -> Iterator[tuple[Key, Given]]:
        """What was said about each case."""
        by_question = self._by_question(replies)
        for key, turn in self.turns:
            yield key, turn.after(by_question)[0]

    def lost(self, replies: Replies) -> dict[Key, None]:
        """The cases in the middle of which the subject was lost, as far as that is known."""
        return {key: None for key, given in self.heard(replies) if given and given[-1][1] is replies.halt}

    def _by_question(self, replies: Replies) -> Mapping[Question, RawReply | StudentHalt]:
        questions, each = self.bundle.questions, replies.each()
        found: dict[Question, RawReply | StudentHalt] = dict(zip(questions, each, strict=False))
        if replies.halt is not None and replies.exact:
            found[questions[len(each)]] = replies.halt
        return found


def _given(open_: Iterable[Key], heard: Sequence[tuple[_Level, Replies]]) -> dict[Key, Given]:
    found: dict[Key, Given] = {key: [] for key in open_}
    for level, replies in heard:
        for key, given in level.heard(replies):
            if key in found:
                found[key] += given
    return found


class NotingSubject(Subject):
    """Passes questions on, and takes down the conversation of a case.

    What was asked ahead of a case is not asked again.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._talk: Talk | None = None
        self._names: dict[Question, bytes] = {}
        self._given: deque[tuple[Question, RawReply | StudentHalt]] = deque()

    def begin_case(self, given: Given) -> None:
        """A new conversation. It begins with the names that earlier cases of the check have looked up."""
        self._given = deque(given)
        self._talk = list(self._names.items())

    def end_case(self) -> Talk | None:
        """The conversation since the case began; None where it was about objects that stay in the worker."""
        talk, self._talk = self._talk, None
        return talk

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if self._talk is None:
            return self._subject.ask(header, body)
        question = Question.of(header, body)
        if header["op"] not in PLAIN or b'"handle"' in question.header or b'"support"' in question.header:
            self._talk = None
            return self._subject.ask(header, body)
        reply, data = self._given_reply(question) or self._subject.ask(header, body)
        heard = RawReply.of(reply, data)
        if b'"handle"' in heard.header:
            self._talk = None
        else:
            self._talk.append((question, heard.digest))
            if header["op"] == "which":
                self._names[question] = heard.digest
        return reply, data

    def _given_reply(self, question: Question) -> tuple[dict[str, Any], bytes] | None:
        """The reply to this question, if it was asked ahead."""
        while self._given:
            asked, reply = self._given.popleft()
            if asked == question:
                if isinstance(reply, StudentHalt):
                    raise reply
                return reply.parsed()
            if b'"op":"which"' not in asked.header:  # a name that is known by now is not looked up again
                self._given.clear()
        return None

    def begin_check(self, seconds: float) -> None:
        self._subject.begin_check(seconds)

    def close(self) -> None:
        self._subject.close()

    def start_anew(self) -> None:
        self._subject.start_anew()


class Ear(Listener):
    """Learns from every case that holds; a case that was asked about ahead is given the replies."""

    def __init__(self) -> None:
        self.transcripts = Transcripts()
        self.subject: NotingSubject | None = None
        """who is asked by the check that runs; None where nothing is to be learned"""
        self.unsettled: dict[Key, Given] = {}
        """cases of the check that runs, as `Transcripts.follow` left them"""

    def begin(self, key: Key | None) -> None:
        if self.subject is not None:
            self.subject.begin_case(self.unsettled.pop(key, []) if key else [])

    def end(self) -> Talk | None:
        return self.subject.end_case() if self.subject is not None else None

    def learn(self, key: Key, heard: Talk | None) -> None:
        self.transcripts.learn(key, heard)
