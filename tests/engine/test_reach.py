"""What of a notebook a section reaches: never less than it needs, and nothing of what it cannot feel."""

from __future__ import annotations

import ast
import textwrap

import nbformat
import pytest
from conftest import REPOSITORY

from grader.course import Course
from grader.fingerprint import code_digests
from grader.model import Cell, Submission, Unit
from grader.notebook import read_notebook
from grader.parts import parts_of
from grader.reach import Reach


def unit(*cells: str | tuple[str, str]) -> Unit:
    """A notebook; a cell may say which exercise it answers."""
    pairs = [("", c) if isinstance(c, str) else c for c in cells]
    found = tuple(
        Cell(f"cell {i + 1}", textwrap.dedent(c).strip(), e or None) for i, (e, c) in enumerate(pairs)
    )
    return Unit("work", "work.ipynb", found)


def left(notebook: Unit, *names: str, exercises: tuple[str, ...] = ()) -> str:
    """Everything that is left, without what stands for nothing."""
    return "\n".join(plain(c.source) for c in Reach(notebook).of(names, exercises).cells if plain(c.source))


def plain(source: str) -> str:
    return "\n".join(ast.unparse(n) for n in ast.parse(source).body if not isinstance(n, ast.Pass))


F = "def f(x):\n    return x"
OTHER = "def other(x):\n    return x"


@pytest.mark.parametrize(
    "needed",
    [
        "import math\n\ndef f(x):\n    return math.sqrt(x)",
        "from torch import nn\n\ndef f():\n    return nn.ReLU()",
        "def helper(x):\n    return x\n\ndef f(x):\n    return helper(x)",
        "SIDE = 3\n\ndef f(x):\n    return SIDE",
        "SIDE: int = 3\nSIDE += 1\n\ndef f(x):\n    return SIDE",
        "a, b = (1, 2)\n\ndef f():\n    return b",
        "net = make()\n\ndef make():\n    return 1\n\ndef f():\n    return net",
        "class Net:\n    pass\nNet.side = 3\n\ndef f():\n    return Net()",
        "names = []\nnames.append('x')\n\ndef f():\n    return names",
        "f = lambda x: g(x)\n\ndef g(x):\n    return x",
        "def g(x):\n    return x\nf = g",
        "def f(x):\n    return x\n\ndef f(x):\n    return 2 * x",
        "def f(name):\n    return table['helper']\ntable = {'helper': 1}",
        "def f(x):\n    return x + g()\n\ndef g():\n    return SIZE\nSIZE = 4",
        "import os.path as p\nimport os\n\ndef f():\n    return os.path.sep",
        "if True:\n    SIDE = 3\nelse:\n    SIDE = 4\n\ndef f():\n    return SIDE",
        "try:\n    import scipy\nexcept ImportError:\n    scipy = None\n\ndef f():\n    return scipy",
        "with open('x') as file:\n    text = file\n\ndef f():\n    return text",
    ],
)
def test_what_a_function_needs_stays(needed: str) -> None:
    assert left(unit(needed, OTHER), "f") == plain(needed)


@pytest.mark.parametrize(
    "effect",
    [
        "import torch\ntorch.Tensor.sum = None",
        "from d2l.torch import *",
        "from __future__ import annotations",
        "@course.register\ndef g():\n    pass",
        "def g(x=make()):\n    pass",
        "def g(x: make()):\n    pass",
        "def g() -> make():\n    pass",
        "class Base:\n    pass\n\nclass Net(Base):\n    pass",
        "class Net(metaclass=Meta):\n    pass",
        "class Net:\n    side = make()",
        "a.b, c = (1, 2)",
        "def __getattr__(name):\n    pass",
        "if True:\n    x = 1",
        "unknown.append(1)",
    ],
)
def test_what_does_something_stays(effect: str) -> None:
    assert left(unit(effect, OTHER, F), "f") == f"{plain(effect)}\n{F}"


@pytest.mark.parametrize(
    "gone",
    [
        OTHER,
        "SIZE = 4",
        "import pandas as pd",
        "from torch import nn",
        "size = make()",
        "names = []\nnames.append(1)",
        "class Net(nn.Module):\n    side = 3\n\n    def forward(self, x):\n        return x",
        "@torch.no_grad()\ndef g(x):\n    return x",
        "import torch\nimport torch",
    ],
)
def test_what_nobody_mentions_goes(gone: str) -> None:
    assert left(unit(gone, F), "f") == F


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return globals()['oth' + 'er'](x)",
        "def f(x):\n    return eval('oth' + 'er')(x)",
        "import sys\n\ndef f(x):\n    return getattr(sys.modules[__name__], 'oth' + 'er')(x)",
        "import inspect\n\ndef f(x):\n    return inspect.currentframe().f_globals",
    ],
)
def test_names_that_are_computed_reach_everything(source: str) -> None:
    assert OTHER in left(unit(source, OTHER), "f")


def test_eval_of_a_net_computes_nothing() -> None:
    assert "other" not in left(unit("def f(net):\n    net.eval()\n    return net.modules()", OTHER), "f")


def test_a_cell_that_answers_stays_whole() -> None:
    cells = unit(("13.4.2", "def f(x):\n    return x\n\ndef beside(x):\n    return x"), OTHER)
    assert "beside" in left(cells, "f", exercises=("13.4.2",))
    assert "beside" not in left(cells, "f")


def test_lines_stay_where_they_are() -> None:
    source = "def other(x):\n    return x\n\ndef f(x):  # mine\n    return x"
    (cell,) = Reach(unit(source)).of(["f"], ()).cells
    assert cell.source.splitlines()[3:] == source.splitlines()[3:]
    assert (cell.label, len(cell.source.splitlines())) == ("cell 1", 5)


def test_statements_that_share_a_line() -> None:
    assert left(unit("a = 1; b = 2; f = lambda: b"), "f") == "b = 2\nf = lambda: b"
    odd = "a = 1; \\\nf = lambda: 2"
    assert "f = lambda: 2" in left(unit(odd), "f")


def test_full_width_letters_name_the_same() -> None:
    assert "ｇ" not in left(unit("def ｆ(x):\n    return g(x)\n\ndef g(x):\n    return x", OTHER), "ｆ")
    assert left(unit("def f(x):\n    return ｇ(x)\n\ndef g(x):\n    return x", OTHER), "f").count("def ") == 2


def test_a_python_file_runs_as_it_was_written(tiny: Course) -> None:
    source = "def total(x): return x.sum()\nx = 1\n"
    whole = Submission("s", (Unit("s01_sums", "s01_sums.py", (Cell("s01_sums.py", source),)),))
    (part,) = parts_of(whole, tiny.rubric)
    assert part.submission.units == whole.units


# ---------------------------------------------------------------- who shares a worker


@pytest.mark.parametrize(
    ("source", "loud"),
    [
        ("import torch\n\ndef f(x):\n    y = x.clone()\n    y[0] = 1\n    return y", False),
        ("import torch\n\ndef f(x):\n    x[0] = 1\n    x += 1\n    return x", False),
        (
            "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        self.side = 3",
            False,
        ),
        ("import torch\n\ndef f(x):\n    torch.manual_seed(0)\n    return torch.rand(3)", False),
        ("import torch\n\ndef f(x):\n    torch.set_default_dtype(torch.float64)", True),
        ("from torch import set_default_dtype\n\ndef f(x):\n    set_default_dtype(3)", True),
        ("import torch\n\ndef f(x):\n    torch.backends.cudnn.enabled = False", True),
        ("import torch\n\ndef f(x):\n    torch.Tensor.sum = None", True),
        ("def f(x):\n    global side\n    side = x", True),
        ("def make():\n    while True: pass\nside = make()\n\ndef f(x):\n    return side", True),
        ("def make(f):\n    return f\n\n@make\ndef f(x):\n    return x", True),
        ("if True:\n    side = 3", True),
        (
            "from torch import nn\nloss = nn.L1Loss(reduction='none')\nside = 3\n\ndef f(x):\n    return loss(x, x)",
            False,
        ),
        ("import torch\n\ndef f(x):\n    t = torch\n    t.zeros = x", True),
        ("import torch\n\ndef f(x):\n    t = torch.Tensor\n    t.sum = x", True),
        ("import torch\n\ndef g(m):\n    m.zeros = 1\n\ndef f(x):\n    g(torch)", True),
        ("import torch\n\ndef f(x):\n    for m in [torch.nn]:\n        m.ReLU = x", True),
        ("def f(x):\n    t = type(x)\n    t.sum = 1", True),
        ("from torch import *\n\ndef f(x):\n    Tensor.sum = 1", True),
        ("class A:\n    def __del__(self):\n        pass", True),
        ("import torch\n\ndef f(x):\n    torch.Tensor.__setattr__(x, 'a', 1)", True),
        ("from functools import partial\n\ndef f(x):\n    return partial(setattr, x)", True),
        (
            "import torch\n\ndef f(x, t: torch.dtype = torch.long) -> torch.Tensor:\n    assert isinstance(x, torch.Tensor)",
            False,
        ),
        ("CACHE = {}\n\ndef f(x):\n    CACHE[x] = 1", True),
        ("CACHE = []\n\ndef f(x):\n    CACHE.append(x)", True),
        ("def f(x):\n    f.calls = 1", True),
        ("def f(x, seen=[]):\n    seen.append(x)", True),
        ("import functools\n\n@functools.lru_cache\ndef f(x):\n    return x", True),
        ("import os\n\ndef f(x):\n    os.environ['x'] = '1'", True),
        ("def f(x):\n    setattr(x, 'y', 1)", True),
        ("class Net:\n    def f(self):\n        self.__class__.side = 3", True),
        ("import warnings\n\ndef f(x):\n    warnings.simplefilter('ignore')", True),
    ],
)
def test_who_leaves_traces(source: str, loud: bool) -> None:
    assert Reach(unit(source)).leaves_traces is loud


@pytest.mark.parametrize(("patch", "workers"), [("pass", 1), ("torch.zeros = torch.ones", 2)])
def test_sections_share_a_worker_only_where_none_feels_the_other(
    course: Course, patch: str, workers: int
) -> None:
    corr2d = f"import torch\n\ndef corr2d(X, K):\n    {patch}\n    return X"
    work = Submission("s", (unit(IOU, corr2d),))
    assert len(parts_of(work, course.rubric, ["13.4.2", "13.10.1"])) == 2
    assert len(parts_of(work, course.rubric, ["13.4.2", "13.10.1"], shared=True)) == workers


# ---------------------------------------------------------------- what is one code


def digests(*cells: str | tuple[str, str]) -> dict[str, str]:
    course = Course(REPOSITORY)
    return dict(
        code_digests(
            Submission("s", (unit(*cells),)), course.rubric, ["13.4.2", "13.10.1"], full=False
        ).meaning
    )


IOU = "import torch\n\ndef box_iou(a, b):\n    return torch.zeros(len(a), len(b))"
CORR = "import torch\n\ndef corr2d(X, K):\n    return X"


def test_comments_layout_and_other_exercises_change_no_meaning() -> None:
    first = digests(IOU, CORR)
    second = digests(
        "import math\nx = 3",
        "# mine\nimport torch",
        "\n\ndef box_iou(a, b):  # all pairs\n    return torch.zeros(len(a),\n        len(b))",
        CORR.replace("X\n", "K\n"),
    )
    assert first["13.4.2"] == second["13.4.2"]


def test_what_is_used_changes_the_meaning() -> None:
    first = digests(IOU, CORR)
    assert first["13.4.2"] != digests(IOU.replace("zeros", "ones"), CORR)["13.4.2"]
    helped = IOU.replace("torch.zeros", "grid"), "def grid(a, b):\n    return torch.zeros(a, b)"
    assert (
        digests(*helped, CORR)["13.4.2"]
        != digests(helped[0], helped[1].replace("zeros", "ones"), CORR)["13.4.2"]
    )


def test_right_variants_find_all_they_read(course: Course) -> None:
    """No name that is read in what is left was bound by what is not."""
    for path in sorted((REPOSITORY / "tests" / "submissions" / "right").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "from solution" in source or "import solution" in source:
            continue
        cells = [nbformat.v4.new_code_cell(c) for c in source.split("\n\n\n")]
        data = nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()
        whole, _ = read_notebook(data, "work.ipynb", course.rubric)
        bound = _bound("\n".join(c.source for c in whole.cells))
        for part in parts_of(Submission("s", (whole,)), course.rubric):
            for found in part.submission.units:
                kept = "\n".join(c.source for c in found.cells)
                assert _read(kept) & bound <= _bound(kept), path.name


def _bound(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        else:
            found |= {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return found


def _read(source: str) -> set[str]:
    return {
        n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
