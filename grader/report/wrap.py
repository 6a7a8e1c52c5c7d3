"""Lines of at most so many terminal cells. Chinese has no blanks: it may break between any two characters, but no line
begins with a closing mark or ends with an opening one."""

from __future__ import annotations

from rich.cells import get_character_cell_size
from rich.text import Text

_NOT_FIRST = frozenset("，。；：、？！）》」』】”’…,.;:?!)]}%")
_NOT_LAST = frozenset("（《「『【“‘([{")


def wrapped(text: Text, width: int) -> list[Text]:
    """`text` in lines of at most `width` cells, without blanks at their ends; its own line ends stay."""
    width = max(8, width)
    found = []
    for line in text.split("\n", allow_blank=True):
        found += _lines(line, width)
    for line in found:
        line.rstrip()
    return found


def _lines(text: Text, width: int) -> list[Text]:
    plain, cuts, start = text.plain, [], 0
    while True:
        end = _fitting(plain, start, width)
        if end == len(plain):
            break
        start = _break(plain, start, end)
        cuts.append(start)
    return list(text.divide(cuts)) if cuts else [text]


def _fitting(plain: str, start: int, width: int) -> int:
    """Where the text no longer fits when the line begins at `start`; a blank may hang over the end."""
    cells = 0
    for place in range(start, len(plain)):
        cells += get_character_cell_size(plain[place])
        if cells > width and plain[place] != " ":
            return max(place, start + 1)
    return len(plain)


def _break(plain: str, start: int, end: int) -> int:
    """The last place in start+1 … end at which a line may begin; `end` itself when there is none."""
    return next((place for place in range(end, start, -1) if _may_break(plain, place)), end)


def _may_break(plain: str, place: int) -> bool:
    before, after = plain[place - 1], plain[place]
    if after == " " or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before == " " or get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2
