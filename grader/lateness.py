"""How late a submission is, and what that costs by the rubric's rule. Pure: applied when results are read."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from grader.model import Late
from grader.rubric import LateRule

DAY = timedelta(days=1)


def lateness(rule: LateRule | None, late: bool | None, submitted_at: str) -> Late | None:
    """What is taken off a submission; None when it is in time, or nobody knows better.

    late          what the learning platform says: False is an extension that was granted, whatever the clock says
    submitted_at  ISO 8601; without a time zone it is UTC. Where no time is known, "late" alone counts as one day
    """
    if rule is None or late is False:
        return None
    when = _when(submitted_at)
    if rule.due is not None and when is not None:
        over = when - rule.due - timedelta(minutes=rule.grace_minutes)
        days = max(0, math.ceil(over / DAY))
    else:
        days = int(late is True)
    percent = min(rule.at_most, days * rule.per_day)
    return Late(days, percent) if days else None


def _when(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
