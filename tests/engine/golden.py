"""Golden files: what a renderer gives must be what tests/engine/golden holds. `GOLDEN=write pytest …` writes them."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def same_as_golden(name: str, text: str) -> None:
    """Compare `text` with the golden file of this name, byte by byte."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="", errors="backslashreplace")
    wanted = path.read_bytes().decode("utf-8")
    assert text == wanted, f"{path}: differs; look at it, then GOLDEN=write pytest …"
