"""Submissions that share more code than the task explains: pairs for a person to look at, never a verdict.

Code is compared by winnowed fingerprints of its normalised tokens (copydetect: names, comments and layout do not count). Left
out is what was handed out, and what a good part of the class has, because it stands in the book.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

NOISE, WINDOW = 25, 4  # fingerprints of 25 characters of normalised code, one kept of each 4
COMMON_SHARE, COMMON_AT_LEAST = 0.3, 4
LEAST_SHARE, LEAST_CHARACTERS = 0.6, 120


@dataclass(frozen=True)
class Pair:
    """share: of the shorter one's own code that the other one has too, 0..1; characters: how much that is."""

    one: str
    other: str
    share: float
    characters: int


def similar_pairs(
    code: Mapping[str, str], handed_out: Iterable[str] = (), *, most: int = 20
) -> tuple[Pair, ...]:
    """The pairs worth a look, the most alike first.

    code        student → the student's own code
    handed_out  code that everybody was given
    """
    given = set().union(*(_fingerprint("given", text).hashes for text in handed_out if text.strip()), set())
    prints = {name: _fingerprint(name, text) for name, text in code.items() if text.strip()}
    counted = Counter(h for p in prints.values() for h in p.hashes)
    common = {h for h, n in counted.items() if n >= max(COMMON_AT_LEAST, COMMON_SHARE * len(prints))}
    left_out = list(given | common)
    own = {name: _fingerprint(name, code[name], left_out) for name in prints}
    pairs = (_compared(a, own[a], b, own[b]) for a, b in _candidates(own))
    found = [p for p in pairs if p.share >= LEAST_SHARE and p.characters >= LEAST_CHARACTERS]
    return tuple(sorted(found, key=lambda p: (-p.share, -p.characters, p.one, p.other))[:most])


def _fingerprint(name: str, text: str, left_out: list[int] | None = None) -> Any:
    from copydetect import CodeFingerprint  # it imports matplotlib, which only this needs

    return CodeFingerprint(
        f"{name}.py", NOISE, WINDOW, boilerplate=left_out, language="python", fp=io.StringIO(text)
    )


def _candidates(own: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs that share enough fingerprints to be worth comparing; found by an index, not by trying all pairs."""
    holders: dict[int, list[str]] = defaultdict(list)
    for name, fingerprint in own.items():
        for hashed in fingerprint.hashes:
            holders[hashed].append(name)
    shared = Counter(pair for names in holders.values() for pair in combinations(sorted(names), 2))
    return [
        (a, b)
        for (a, b), n in shared.items()
        if n >= 0.5 * LEAST_SHARE * max(1, min(len(own[a].hashes), len(own[b].hashes)))
    ]


def _compared(a: str, first: Any, b: str, second: Any) -> Pair:
    from copydetect import compare_files

    characters, shares, _ = compare_files(first, second)
    return Pair(a, b, float(max(shares)), int(characters))
