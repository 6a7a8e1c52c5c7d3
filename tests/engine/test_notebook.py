"""Notebooks and .py files as students really hand them in → cells by exercise, written answers, remarks."""

import contextlib
import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.errors import SubmissionError
from grader.launch import Launcher
from grader.loader import load_submission
from grader.model import Status
from grader.notebook import read_notebook, read_python
from grader.rubric import Rubric
from grader.template import copy_template


def _text(en: str, zh: str = "中文") -> dict:
    return {"en": en, "zh": zh}


def _exercise(id: str, function: str) -> dict:
    key_point = {"id": "k", "text": _text("k"), "any": ["k"]}
    items = [
        {
            "id": "code",
            "title": _text("Code"),
            "points": 1,
            "functions": [function],
            "checks": [{"name": f"{function}_works", "zh": "好"}],
            "hints": [_text("try")],
        },
        {
            "id": "written",
            "title": _text("Why"),
            "points": 1,
            "question": _text("Why is the box wider than high?", "为什么边界框的宽大于高？"),
            "key_points": [key_point],
        },
    ]
    return {"id": id, "title": _text("Title"), "task": _text("Do what is asked for."), "items": items}


def _section(number: int, module: str, en: str, zh: str, functions: list[str]) -> dict:
    exercises = [_exercise(f"13.{number}.{i}", f) for i, f in enumerate(functions, 1)]
    return {
        "id": f"13.{number}",
        "module": module,
        "title": _text(en, zh),
        "functions": [{"name": f, "aliases": [f + "_alias"]} for f in functions],
        "exercises": exercises,
    }


COURSE = Rubric.model_validate(
    {
        "format": 1,
        "course": {"id": "c", "title": _text("C"), "chapter": "13", "also_numbered": ["14"]},
        "sections": [
            _section(
                3,
                "s03_bounding_boxes",
                "Object Detection and Bounding Boxes",
                "目标检测和边界框",
                ["rect", "center"],
            ),
            _section(4, "s04_anchor_boxes", "Anchor Boxes", "锚框", ["prior", "iou", "assign"]),
            _section(
                5, "s05_multiscale_detection", "Multiscale Object Detection", "多尺度目标检测", ["field"]
            ),
        ],
    }
)


def code(source: str, **metadata) -> dict:
    return new_code_cell(source, metadata=metadata)


def text(source: str, **metadata) -> dict:
    return new_markdown_cell(source, metadata=metadata)


def dump(*cells) -> bytes:
    return nbformat.writes(new_notebook(cells=list(cells))).encode()


def read(*cells, path="homework.ipynb", **options):
    return read_notebook(dump(*cells), path, COURSE, **options)


def exercises(unit) -> list:
    return [c.exercise for c in unit.cells]


DEF = "def iou(a, b):\n    return a"


# ---------------------------------------------------------------- which exercise


@pytest.mark.parametrize(
    "line",
    [
        "# 13.4.2",
        "#13.4.2",
        "# 14.4.2 with two boxes",
        "# Exercise 13.4.2",
        "# exercise 14.4.2: IoU",
        "# 练习 13.4.2",
        "# 练习13.4.2 构造两个框",
        "# 习题13.4.2",
        "# 13_4_2",
        "%%time\n# 13.4.2",
        "\n\n# 13.4.2.",
    ],
)
def test_first_line_comment_names_the_exercise(line):
    unit, _ = read(code(f"{line}\n{DEF}"))
    assert exercises(unit) == ["13.4.2"]


@pytest.mark.parametrize(
    "line", ["# see 13.4.2", "# torch 1.13.1", "# 2024.4.2", "# 99.1.1", "x = 1 # 13.4.2", ""]
)
def test_other_comments_name_nothing(line):
    unit, _ = read(code(f"{line}\n{DEF}"))
    assert exercises(unit) == [None]


@pytest.mark.parametrize(
    "metadata",
    [
        {"grader": {"exercise": "13.4.2"}},
        {"grader": {"exercise": "14.4.2"}},
        {"tags": ["13.4.2"]},
        {"tags": ["solution", "exercise-13.4.2"]},
        {"tags": ["ex_13_4_2"]},
    ],
)
def test_metadata_names_the_exercise_and_wins(metadata):
    unit, _ = read(text("## Exercise 13.4.1"), code(f"# 13.4.3\n{DEF}", **metadata))
    assert exercises(unit) == ["13.4.2"]


@pytest.mark.parametrize(
    "heading",
    [
        "## 13.4.2",
        "## 13.4.2. Two boxes",
        "### Exercise 14.4.2",
        "# 练习13.4.2",
        "# 练习 13．4．2",
        "## 习题 13.4.2：交并比",
        "**Exercise 13.4.2**",
        "<h2>练习 13.4.2</h2>",
        "# 13.4. Anchor Boxes\n## Exercise 2",
        "# 13.4\n### 练习 2",
        "# 锚框\n## 练习二",
        "# 14.4 Anchor boxes\n## 第2题",
        "# Anchor Boxes\n## Exercises\n### 2. Two boxes",
        "## 13.4\n**Question 2**",
    ],
)
def test_heading_names_the_exercise(heading):
    unit, _ = read(text(heading), code("import torch"), code(DEF))
    assert exercises(unit) == ["13.4.2", "13.4.2"]
    assert unit.module == "s04_anchor_boxes"


def test_a_new_section_ends_the_exercise():
    unit, _ = read(
        text("# 13.4 Anchor Boxes\n## Exercise 2"), code(DEF), text("# 13.5 Multiscale"), code(DEF)
    )
    assert exercises(unit) == ["13.4.2", None]
    assert unit.module == "homework", "a notebook of two sections is named by its file"


def test_a_higher_heading_ends_the_exercise_and_a_lower_one_does_not():
    unit, _ = read(
        text("## Exercise 13.4.2"),
        text("### Plot"),
        code(DEF),
        text("## Test"),
        code(DEF),
        text("# Other"),
        code(DEF),
    )
    assert exercises(unit) == ["13.4.2", "13.4.2", None]


def test_the_books_own_subsection_numbers_are_no_exercises():
    unit, _ = read(
        text("# 13.4. Anchor Boxes"),
        text("## 13.4.1. Generating Multiple Anchor Boxes\nlong text of the book"),
        code(DEF),
        text("## 13.4.2. Summary"),
        text("## 13.4.3. Exercises"),
        text("### 1."),
        code("def prior():\n    return 1"),
    )
    assert exercises(unit) == [None, "13.4.1"]
    assert unit.prose == {}


def test_headings_inside_code_fences_are_not_headings():
    unit, _ = read(text("## 13.4.2\n```\n# 13.4.3\n```"), code(DEF))
    assert exercises(unit) == ["13.4.2"]


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("anchor.ipynb", "s04_anchor_boxes"),
        ("s04_anchor_boxes.ipynb", "s04_anchor_boxes"),
        ("my_s04.ipynb", "s04_anchor_boxes"),
        ("13_4.ipynb", "s04_anchor_boxes"),
        ("ch14.4-homework.ipynb", "s04_anchor_boxes"),
        ("锚框.ipynb", "s04_anchor_boxes"),
        ("bounding-box.ipynb", "s03_bounding_boxes"),
        ("multiscale-object-detection.ipynb", "s05_multiscale_detection"),
        ("x/13.4 anchors (1).ipynb", "s04_anchor_boxes"),
        ("ex_13_4_2.ipynb", "s04_anchor_boxes"),
        ("Li Lei 2024-1.ipynb", "Li_Lei_2024_1"),
        ("class.ipynb", "_class"),
        ("13.ipynb", "_13"),
        ("作业.ipynb", "作业"),
    ],
)
def test_module_by_file_name(path, module):
    unit, _ = read(code("x = 1"), path=path)
    assert unit.module == module
    assert unit.module.isidentifier()
    assert read_python(b"x = 1", path.replace(".ipynb", ".py"), COURSE)[0].module == module


def test_a_file_named_by_an_exercise_answers_it():
    assert exercises(read(code(DEF), path="ex_13_4_2.ipynb")[0]) == ["13.4.2"]
    assert read_python(b"x = 1", "13-4-2.py", COURSE)[0].cells[0].exercise == "13.4.2"


def test_exercise_numbers_count_in_the_section_of_the_file_name():
    unit, _ = read(text("## Exercise 2"), code(DEF), path="anchor.ipynb")
    assert exercises(unit) == ["13.4.2"]


def test_module_and_section_by_function_names():
    unit, _ = read(text("# Homework\n## 练习 3"), code("def assign(): return 1\ndef prior_alias(): return 2"))
    assert (unit.module, exercises(unit)) == ("s04_anchor_boxes", ["13.4.3"])


def test_unknown_exercise_in_metadata_is_told():
    _, remarks = read(code(DEF, grader={"exercise": "99.1.1"}))
    assert "99.1.1" in remarks[0].message
    assert remarks[0].where == "homework.ipynb, cell 1"


# ---------------------------------------------------------------- written answers


def test_answer_cells_count_and_task_cells_do_not():
    unit, _ = read(
        text("## Exercise 13.4.1\nExplain the sizes and ratios in your own words.", grader={"role": "task"}),
        text("Wider boxes.", grader={"role": "answer", "exercise": "13.4.1"}),
        text("Yes.", tags=["exercise-13.4.3"]),
    )
    assert unit.prose == {"13.4.1": "Wider boxes.", "13.4.3": "Yes."}


@pytest.mark.parametrize(
    "answer",
    [
        "### Answer\nWider boxes.",
        "**Answer:** Wider boxes.",
        "Answer: Wider boxes.",
        "答：Wider boxes.",
        "**解答**：Wider boxes.",
        "#### 解答\n\nWider boxes.",
        "> 答案\n\nWider boxes.",
    ],
)
def test_below_the_word_answer_counts_and_the_question_above_does_not(answer):
    unit, _ = read(text("## 练习 13.4.1\n改变输入会发生什么？"), text(answer))
    assert unit.prose == {"13.4.1": "Wider boxes."}
    unit, _ = read(text("## 练习 13.4.1\n改变输入会发生什么？\n\n" + answer))
    assert unit.prose == {"13.4.1": "Wider boxes."}


def test_without_the_word_answer_all_below_the_heading_counts_but_the_courses_question():
    question = "*Why is the box wider than high?*\n\n为什么边界框的宽大于高？"
    unit, _ = read(
        text(f"## 13.4.1\n{question}\n\nBecause of r."), code(DEF), text("And √r."), text("# 13.5\nx")
    )
    assert unit.prose == {"13.4.1": "Because of r.\nAnd √r."}


def test_an_untouched_template_is_no_answer():
    unit, _ = read(
        text("<!-- Write your\nanswer here -->\n", grader={"role": "answer", "exercise": "13.4.1"})
    )
    assert unit.prose == {}


@pytest.mark.parametrize(
    "source",
    [
        'answer_13_4_1 = """\nWider.\n"""',
        "answer_14_4_1 = 'Wid' 'er.'",
        'from textwrap import dedent\nanswer_13_4_1 = dedent("""Wider.""")',
        'answer_13_4_1 = ("Wid" + "er.").strip()',
    ],
)
def test_strings_are_written_answers(source):
    assert read(code(source))[0].prose == {"13.4.1": "Wider."}
    assert read_python(source.encode(), "a.py", COURSE)[0].prose == {"13.4.1": "Wider."}


def test_answer_to_no_exercise_is_told():
    _, remarks = read(code("answer_13_9_9 = 'x'"))
    assert "answer_13_9_9" in remarks[0].message


# ---------------------------------------------------------------- cells


def test_definitions_by_default_and_everything_when_full():
    source = "%matplotlib inline\nimport torch\ntrain()\n" + DEF
    unit, remarks = read(text("x"), code(source))
    assert unit.cells[0].label == "cell 2"
    assert "train" not in unit.cells[0].source
    assert unit.cells[0].source.split("\n")[3:] == DEF.split("\n")
    assert "%matplotlib" in remarks[0].message
    full, _ = read(text("x"), code(source), run="full")
    assert "train()" in full.cells[0].source


def test_one_broken_cell_costs_only_itself():
    unit, remarks = read(code("def broken(:\n  pass"), code(DEF), code("这是我的答案，见 figure (1)"))
    assert [c.source.strip() for c in unit.cells] == ["", DEF, ""]
    assert [r.where for r in remarks] == ["homework.ipynb, cell 1", "homework.ipynb, cell 3"]


def test_what_the_notebook_is_stays_as_handed_in():
    data = dump(code(DEF))
    assert read_notebook(data, "a.ipynb", COURSE)[0].notebook is data


# ---------------------------------------------------------------- bad input


def test_version_3_is_upgraded():
    v3 = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[
                    nbformat.v3.new_heading_cell("13.4.2", level=2),
                    nbformat.v3.new_text_cell("markdown", source="Answer: wider"),
                    nbformat.v3.new_code_cell(input=DEF, prompt_number=1),
                ]
            )
        ]
    )
    unit, remarks = read_notebook(
        json.dumps({**v3, "nbformat": 3, "nbformat_minor": 0}).encode(), "a.ipynb", COURSE
    )
    assert [(c.source, c.exercise) for c in unit.cells] == [(DEF, "13.4.2")]
    assert unit.prose == {"13.4.2": "wider"}
    assert "format 3" in remarks[0].message


def test_duplicate_cell_ids_are_told():
    notebook = new_notebook(cells=[code(DEF), code("x = 1")])
    for cell in notebook.cells:
        cell["id"] = "same"
    unit, remarks = read_notebook(json.dumps(notebook).encode(), "a.ipynb", COURSE)
    assert len(unit.cells) == 2
    assert "same id as cell 1" in remarks[0].message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (dump(code(DEF))[:-20], "ends too early"),
        (b"[1, 2]", "list"),
        (b"null", "null"),
        (b"3", "number"),
        (b"{}", "nbformat"),
        (b'{"nbformat": 4}', "cells"),
        (b'{"nbformat": 4, "cells": 3}', "number"),
        (b'{"nbformat": 4, "cells": [3, null]}', "none of its cells"),
        (b'{"nbformat": "4", "cells": {}}', "nbformat"),
        (b'{"nbformat": 77, "cells": []}', "format 77"),
        (b'{"nbformat": 3, "worksheets": 7}', "format 3"),
        (b'{"nbformat": 3, "worksheets": [{"cells": [7]}]}', "format 3"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"def f(): pass", "not JSON"),
        (b"\xff\xfe\xfa\x00\x01", "a.ipynb"),
        (b"\x80\x81", "UTF-8"),
        (b"[" * 200_000, "too deeply"),
        (b'{"cells":' * 100_000, "too deeply"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":"' + b" " * 50_000_000 + b'"}', "50 MB"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_unusable_files_are_told_in_words(data, says):
    with pytest.raises(SubmissionError) as error:
        read_notebook(data, "a.ipynb", COURSE)
    message = str(error.value)
    assert says in message
    assert message.startswith("a.ipynb: ")
    assert "wanted" in message


def test_single_cells_of_wrong_form_are_left_out():
    cells = [
        {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": ["x = ", "1"], "metadata": []},
        None,
    ]
    unit, remarks = read_notebook(json.dumps({"nbformat": 4, "cells": cells}).encode(), "a.ipynb", COURSE)
    assert [c.source for c in unit.cells] == ["x = 1"]
    assert len(remarks) == 2


def test_too_many_and_too_large_cells():
    cells = [{"cell_type": "code", "source": "pass"}] * 2500 + [{"cell_type": "code", "source": DEF}]
    unit, remarks = read_notebook(json.dumps({"nbformat": 4, "cells": cells}).encode(), "a.ipynb", COURSE)
    assert len(unit.cells) == 2000
    assert "2,501 cells" in remarks[0].message
    _, remarks = read(code("x = 1\n" * 200_000))
    assert "1,000,000" in remarks[0].message


def test_pictures_in_the_text_do_not_count_and_endless_text_is_left_out():
    picture = "![x](data:image/png;base64," + "A" * 2_000_000 + ")"
    unit, remarks = read(text(f"## 13.4.1\n{picture}\nWider."), text("x" * 2_000_000), code(DEF))
    assert unit.prose == {"13.4.1": "![x]()\nWider."}
    assert [r.where for r in remarks] == ["homework.ipynb, cell 2"]


def test_endless_code_is_left_out():
    cells = [code(f"x = '{'a' * 900_000}'") for _ in range(3)]
    unit, remarks = read(*cells, code(DEF))
    assert [len(c.source) > 0 for c in unit.cells] == [True, True, False, False]
    assert remarks[0].where == "homework.ipynb, cell 3"


def test_unclosed_comments_take_linear_time():
    unit, _ = read(text("## 13.4.1\n" + "<!--" * 100_000))
    assert unit.prose["13.4.1"].startswith("<!--")


# ---------------------------------------------------------------- .py files


@pytest.mark.parametrize(
    "source",
    [
        DEF.encode(),
        b"\xef\xbb\xbf" + DEF.encode(),
        DEF.replace("\n", "\r\n").encode(),
        DEF.replace("\n", "\r").encode(),
        DEF.encode("utf-16"),
        DEF.encode() + b"\0",
        b"# -*- coding: rot13 -*-\n" + DEF.encode(),
        b"# -*- coding: nonsense -*-\n" + DEF.encode(),
    ],
)
def test_python_files_in_every_coat(source):
    unit, _ = read_python(source, "x.py", COURSE)
    names: dict = {}
    exec(unit.cells[0].source, names)
    assert names["iou"](1, 2) == 1


@pytest.mark.parametrize(
    ("head", "encoding"),
    [("", "utf-8"), ("# -*- coding: gbk -*-\n", "gbk"), ("# coding: latin-1\n", "latin-1")],
)
def test_python_files_keep_their_encoding(head, encoding):
    word = "é" if encoding == "latin-1" else "锚框"
    unit, remarks = read_python(f"{head}answer_13_4_1 = '{word}'".encode(encoding), "x.py", COURSE)
    assert unit.prose == {"13.4.1": word}
    assert remarks == []


def test_chinese_windows_files_without_coding_line_are_read():
    unit, remarks = read_python("answer_13_4_1 = '锚框越宽越矮'".encode("gbk"), "x.py", COURSE)
    assert unit.prose == {"13.4.1": "锚框越宽越矮"}
    assert "gb18030" in remarks[0].message


def test_syntax_error_names_file_line_and_text_and_the_rest_counts():
    unit, remarks = read_python(f"{DEF}\n\ndef prior(:\n    pass\n\nx = 1\n".encode(), "s04.py", COURSE)
    assert unit.cells[0].source == f"{DEF}\n\n\n\n\nx = 1\n"
    assert remarks[0].where == "s04.py"
    assert "line 4: `def prior(:`" in remarks[0].message


def test_python_file_runs_as_written_but_for_main():
    source = "print(1)\nfor i in range(3):\n    x = i\nif __name__ == '__main__':\n    train()\n"
    unit, remarks = read_python(source.encode(), "x.py", COURSE)
    assert unit.cells[0].source.startswith("print(1)\nfor i in range(3):\n    x = i\n")
    assert "train" not in unit.cells[0].source
    assert (unit.cells[0].label, remarks) == ("x.py", [])


def test_large_python_file_is_refused():
    with pytest.raises(SubmissionError, match="1,000,000"):
        read_python(b"x" * 1_000_001, "x.py", COURSE)


# ---------------------------------------------------------------- anything else

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99)
    | st.text(max_size=20)
    | st.sampled_from([DEF, "%%x", "# 13.4.2"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "source",
                    "cell_type",
                    "metadata",
                    "tags",
                    "grader",
                    "exercise",
                    "worksheets",
                    "input",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | _JSON.map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_are_read_or_refused(data):
    for reader in (read_notebook, read_python):
        with contextlib.suppress(SubmissionError):
            reader(data, "x.ipynb", COURSE)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([2, 3, 4]), _JSON, _JSON)
def test_any_cells_are_read_or_refused(version, cells, source):
    cell = {"cell_type": "code", "source": source, "input": source, "metadata": cells}
    notebook = {"nbformat": version, "cells": [cell, cells], "worksheets": [{"cells": [cell]}, cells]}
    with contextlib.suppress(SubmissionError):
        read_notebook(json.dumps(notebook).encode(), "x.ipynb", COURSE)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=100),
    st.text(max_size=100),
    st.sampled_from(["a.ipynb", "13.ipynb", "..ipynb", "s04-1.ipynb"]),
)
def test_any_markdown_and_code_is_read(markdown, source, path):
    unit, _ = read(text(markdown), code(source), path=path)
    assert unit.module.isidentifier()
    assert len(unit.cells) == 1


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_what_is_written_outdoes_the_stub_in_the_other_file(
    suffix: str, tiny: Course, tmp_path: Path, launcher: Launcher
) -> None:
    """`grade init` writes both a file and a notebook: a student uses one, and the other's stubs take nothing away."""
    copy_template(tiny, tmp_path)
    path = tmp_path / f"s01_sums{suffix}"
    body = "raise NotImplementedError"
    text = path.read_text()
    first = text.index(body)
    path.write_text(text[:first] + "return x.sum()" + text[first + len(body) :])
    found: list[Examined] = []
    made = load_submission(tmp_path, tiny.rubric)
    Examiner(tiny).examine([worker_task(made, launcher)], found.append)
    statuses = {o.check: o.status for o in found[0].outcomes}
    assert statuses["total_of_a_vector"] is Status.PASSED
    assert statuses["mean_of_a_vector"] is Status.NOT_ATTEMPTED
