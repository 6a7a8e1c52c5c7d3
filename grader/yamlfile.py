"""A YAML file of the course → a checked model: what is wrong is told with its line and its path in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from grader.errors import CourseError

# libyaml, where PyYAML was built with it, reads a rubric ten times faster
_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Strict(BaseModel):
    """No unknown fields, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A text in every language of the course."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model]) -> Model:
    """Read a file and check it. CourseError names file, line, path in the file and the defect."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise CourseError(f"{path}: cannot be read ({e}); wanted a UTF-8 file {path.name}") from e
    try:
        root = _compose(text)
        data = yaml.SafeLoader("").construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else "?"
        raise CourseError(f"{path}:{line}: not valid YAML: {e.problem}") from e
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise CourseError("\n".join(_located(path, root, error) for error in e.errors()[:10])) from e


def _compose(text: str) -> yaml.Node | None:
    """The YAML tree. Duplicate keys are errors, and aliases are refused: a small file could unfold to gigabytes."""
    root = yaml.compose(text, _FastLoader)
    waiting = [root] if root is not None else []
    met: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in met:
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=node.start_mark)
        met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _refuse_duplicates(node)
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return root


def _refuse_duplicates(node: yaml.MappingNode) -> None:
    seen: set[Any] = set()
    for key, _ in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else id(key)
        if name in seen:
            raise yaml.MarkedYAMLError(problem=f"key {name!r} is used twice", problem_mark=key.start_mark)
        seen.add(name)


def _located(path: Path, root: Any, error: Any) -> str:
    where = error["loc"]
    at = ".".join(str(part) for part in where) or "the whole file"
    return f"{path}:{_line(root, where)}: {at}: {error['msg'].removeprefix('Value error, ')}"


def _line(node: Any, where: tuple[Any, ...]) -> int:
    """The line of the deepest part of `where` that exists in the file."""
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == part]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = [node.value[part]]
        else:
            found = []
        if not found:
            break
        node = found[0]
    return int(node.start_mark.line) + 1 if node is not None else 1
