"""Sets the scene for student code: files where it will look for data, and course code that makes them found.

The course's code is a module with `serve(folder)`; it runs before any student's.
"""

from __future__ import annotations

import sys
import tempfile
import types
from collections.abc import Mapping
from pathlib import Path

NAME = "course_scene"


def set_scene(files: Mapping[str, bytes], source: str) -> None:
    """Write `files` (relative path → content) into a fresh folder and let the course's `serve` make them found."""
    folder = Path(tempfile.mkdtemp(prefix="data-"))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    module = types.ModuleType(NAME)
    sys.modules[NAME] = module
    exec(compile(source, f"<course {NAME}>", "exec"), vars(module))
    module.serve(str(folder))
