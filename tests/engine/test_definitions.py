"""Cell text → definitions: what real notebooks contain, and what hostile ones do."""

import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.definitions import definitions, without_main
from grader.model import Cell
from grader.names import as_identifier, attempted, is_stub, string_constants
from grader.source import MAX_STATEMENTS, clean, parse


def kept(*sources: str, wanted=()) -> str:
    cells, _ = definitions([Cell(f"cell {i}", s) for i, s in enumerate(sources, 1)], wanted)
    return "\n".join(line for c in cells for line in c.source.split("\n") if line.strip() not in ("", "pass"))


def remarks(*sources: str, wanted=()) -> list:
    return definitions([Cell(f"cell {i}", s) for i, s in enumerate(sources, 1)], wanted)[1]


# ---------------------------------------------------------------- clean


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install d2l", "pass"),
        ("if a:\n    !ls\n    b()", "if a:\n    pass\n    b()"),
        ("files = !ls *.py\nx = 1", "pass\nx = 1"),
        ("t = %timeit -o f()\nx = 1", "pass\nx = 1"),
        ("?print\nprint??\nx = 1", "pass\npass\nx = 1"),
        ("!wget a \\\n  b\nx = 1", "pass\n\nx = 1"),
        ("%time y = f()\nx = 1", "y = f()\nx = 1"),
        ("%timeit f()\nx = 1", "pass\nx = 1"),
        ("!echo it's (\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("# note\n\n%%capture out\nx = 1", "# note\n\n\nx = 1"),
        ("%%bash\nls\npwd", "\n\n"),
        ("%%writefile a.py\nx = 1", "\n"),
        ("%%html\n<b>x</b>", "\n"),
        ('s = """\n%not magic\n!no\n"""\n%yes', 's = """\n%not magic\n!no\n"""\npass'),
        ("x = (7\n% 2)\n%magic", "x = (7\n% 2)\npass"),
        ("x = 7 \\\n% 2\n%magic", "x = 7 \\\n% 2\npass"),
        ("  x = 1\n  y = 2\n", "x = 1\ny = 2\n"),
    ],
)
def test_ipython_syntax_goes_and_lines_stay(source, wanted):
    assert clean(source)[0] == wanted


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "",
        "\n",
        "# only a comment",
        "x: int = 3 % 2",
        's = "50% of !all?"',
        "a != b",
        "x = a if a else b",
    ],
)
def test_python_is_left_alone(source):
    assert clean(source) == (source, [])


def test_each_removal_is_a_note_with_its_line():
    _, notes = clean("import torch\n%matplotlib inline\n!pip install x")
    assert [n.split(":")[0] for n in notes] == ["line 2", "line 3"]
    assert "`!pip install x`" in notes[1]


def test_only_the_broken_chunk_goes():
    source, notes = clean(
        "import torch\n\ndef f(:\n    return 1\n\n@dec\ndef g():\n    return 2\n锚框 的 答案\nx = (1,\n2)"
    )
    assert source == "import torch\n\n\n\n\n@dec\ndef g():\n    return 2\n\nx = (1,\n2)"
    assert [n.split(":")[0] for n in notes] == ["line 3", "line 9"]
    assert "`def f(:`" in notes[0]


def test_prose_with_quotes_and_brackets_costs_only_itself():
    source, _ = clean("It's (as I said above\nThe \"answer\" is [0, 1\ndef f():\n    return '''\nline\n'''")
    assert source.strip() == "def f():\n    return '''\nline\n'''"


@pytest.mark.parametrize(
    "bad", ["return 1", "await f()", "yield 1", "from __future__ import annotations", "nonlocal q", "break"]
)
def test_what_parses_but_does_not_compile_is_broken_too(bad):
    source, notes = clean(f"x = 1\n{bad}\ny = 2")
    assert source == "x = 1\n\ny = 2"
    assert len(notes) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f():\r\n\treturn 1\r\n",
        "\ufeffdef f():\n\treturn 1",
        "def f():\n\treturn 1\n\x0c\nx = 2",
        "def f():\r\treturn 1",
        "def f():\n\treturn 1\0",
        "def f():\n    return 1 # \ud800",
        "async def g():\n    await x\ndef f(): return 1\nmatch 1:\n    case _: pass\n",
        'def f(): return 1\nx = f"{f()!r:>{3}}"',
        "def f(): return 1\ns = '\\d'",
    ],
)
def test_strange_characters_lose_nothing(source):
    text, _ = clean(source)
    names: dict = {}
    cells, _ = definitions([Cell("c", text)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(cells[0].source, names)
    assert names["f"]() == 1


@pytest.mark.parametrize(
    "source",
    [
        "(" * 100_000,
        "-" * 100_000 + "1",
        "x" + "()" * 50_000,
        "[" * 50_000 + "]" * 50_000,
        "9" * 100_000,
        "f(" * 3000 + ")" * 3000,
        "if 1:\n" + " " * 99,
        "1\n\\",
        "'" * 999,
        "lambda: " * 20_000 + "1",
        "x=" * 20_000 + "1",
        "a." * 100_000 + "b",
    ],
    ids=range(12),
)
def test_text_made_to_break_a_parser_leaves_the_rest(source):
    text, _ = clean(f"def f():\n    return 1\n{source}\ndef g():\n    return 2")
    parse(text)
    assert attempted(text, {"f"}) == {"f"}
    definitions([Cell("c", text)])


def test_a_huge_cell_is_left_out():
    text, notes = clean("x = 1\n" * 200_000)
    assert text == ""
    assert "1,000,000" in notes[0]


def test_many_broken_lines_take_linear_time_and_few_notes():
    started = time.monotonic()
    _, notes = clean("a b (\n" * 20_000)
    assert time.monotonic() - started < 20
    assert len(notes) == 21


# ---------------------------------------------------------------- definitions


def test_imports_functions_classes_and_constants_stay_and_training_goes():
    definers = "import torch\nEPS = 1e-6\nd = torch.device('cpu')\ndef f(x): return x\nclass A: pass"
    assert kept(f"{definers}\nnet = f(3)\nprint(net)\ntrain(net)") == definers


def test_line_numbers_and_decorators_stay():
    source = "train()\n\n@cache\n@deco(\n  1)\ndef f():\n    return 1\n"
    cells, _ = definitions([Cell("c", source)])
    assert cells[0].source == "pass\n\n@cache\n@deco(\n  1)\ndef f():\n    return 1\n"


def test_statements_on_one_line_are_told_apart():
    cells, _ = definitions([Cell("c", "import os; train(); x = 1; draw('锚框'); y = 2  # done\nplot() # x")])
    assert cells[0].source == "import os; pass; x = 1; pass; y = 2  # done\npass"


def test_globals_that_functions_need_are_kept_with_what_they_need():
    sources = ["data = load()", "net = build(data)\nunused = build(1)", "def f(x):\n    return net(x)"]
    assert kept(*sources) == "data = load()\nnet = build(data)\ndef f(x):\n    return net(x)"


def test_the_last_assignment_wins():
    assert (
        kept("net = build(1)\nnet = build(2)\ndef f(): return net") == "net = build(2)\ndef f(): return net"
    )
    assert "x = make()\nx += 1" in kept("x = make()\nx += 1\ndef f(): return x")


def test_only_what_the_wanted_names_need_is_made():
    sources = [
        "a = make(1)",
        "b = make(2)",
        "def used(): return helper()\ndef helper(): return a",
        "def other(): return b",
    ]
    assert "a = make(1)" in kept(*sources, wanted={"used"})
    assert "b = make(2)" not in kept(*sources, wanted={"used"})
    assert "b = make(2)" in kept(*sources)


def test_local_names_pull_in_nothing():
    assert "train" not in kept(
        "net = train()\ndef f(net):\n    loss = [net for net in x]\n    return loss\nloss = train()"
    )


def test_a_wanted_name_may_be_made_by_a_call():
    assert kept("aug = Compose([A()])", wanted={"aug"}) == "aug = Compose([A()])"
    assert kept("aug = Compose([A()])") == ""


def test_lambdas_and_aliases_are_functions():
    source = "def g(x): return x\nf = lambda x: g(x)\nh = g\nfrom functools import partial\nk = partial(g, 1)"
    assert kept(source) == source


def test_a_result_named_like_the_function_does_not_replace_it():
    source = "def iou(a, b): return 1\niou = iou(1, 2)\niou = 0.5"
    assert kept(source, wanted={"iou"}) == "def iou(a, b): return 1"
    assert kept(source) == "def iou(a, b): return 1"


def test_a_stub_does_not_replace_a_solution():
    solution, stub = "def f(x):\n    return x", "def f(x):\n    raise NotImplementedError"
    assert kept(solution, stub) == kept(stub, solution) == solution
    assert kept(stub) == stub
    assert kept(solution, solution) == f"{solution}\n{solution}"


def test_a_default_argument_is_needed_at_once():
    assert kept("dev = find()\ndef f(d=dev): return 1") == "dev = find()\ndef f(d=dev): return 1"
    assert (
        kept("Base = make()\nclass A(Base):\n    n = g()\n", wanted={"x"})
        == "Base = make()\nclass A(Base):\n    n = g()"
    )


def test_constants_that_need_a_result_go_with_it():
    assert kept("history = train()\nbest = history[0]\nn = 3\nm = n + 1") == "n = 3\nm = n + 1"


def test_changes_follow_their_object():
    source = (
        "net = build()\nnet.fc = Linear(3)\nnet.add_module('a', Conv())\nr = {}\nr['a'] = 1\nr['b'] = train()"
    )
    assert kept(source + "\ndef f(): return net").split("\n")[:3] == source.split("\n")[:3]
    assert kept(source) == "r = {}\nr['a'] = 1"
    assert kept("class A: pass\ndef forward(self): pass\nA.forward = forward").endswith("A.forward = forward")
    assert kept("names = []\nnames.append('a')\nnames.append(train())") == "names = []\nnames.append('a')"


def test_guarded_imports_and_branches_stay():
    source = (
        "try:\n    import a\nexcept ImportError:\n    a = None\n    install()\n"
        "if a:\n    def f(): return 1\n    train()\nelse:\n    x = 2"
    )
    cells, _ = definitions([Cell("c", source)])
    assert cells[0].source == source.replace("install()", "pass").replace("train()", "pass")
    assert kept("if a:\n    train()\nelse:\n    train(2)\ntry:\n    train()\nfinally:\n    print()") == ""


def test_main_blocks_go():
    source = "x = 1\nif __name__ == '__main__':\n    def f(): pass\n    x = 2\nelse:\n    x = 3"
    assert kept(source) == "x = 1"
    assert without_main(source).split("\n")[:2] == ["x = 1", "pass"]
    assert without_main("if 1 +") == "if 1 +"


def test_with_blocks_are_kept_when_needed_and_loops_never():
    with_block = "with open('a') as f:\n    names = f.read()"
    assert kept(f"{with_block}\ndef g(): return names") == f"{with_block}\ndef g(): return names"
    assert kept(with_block) == ""
    assert kept("for i in x:\n    acc = train()\ndef g(): return acc") == "def g(): return acc"


def test_a_needed_name_that_only_a_loop_sets_is_told_once_for_a_cell():
    found = remarks("x = 1\nfor i in y:\n    a = b = train()", "def g(): return a + b")
    assert [r.where for r in found] == ["cell 1"]
    assert "line 2" in found[0].message
    assert "outside of the loop" in found[0].message
    assert remarks("train()\nfor i in x:\n    loss = f()") == []


def test_cells_come_back_with_label_and_exercise():
    cells = [
        Cell("cell 1", "train()", "13.4.2"),
        Cell("cell 2", "def f(): pass"),
        Cell("cell 3", "some prose here"),
    ]
    found, told = definitions(cells)
    assert [(c.label, c.exercise) for c in found] == [(c.label, c.exercise) for c in cells]
    assert [c.source for c in found] == ["", "def f(): pass", ""]
    assert [r.where for r in told] == ["cell 3"]


def test_a_semicolon_after_a_backslash_is_survived():
    source = "def f(): return 1\ntrain() \\\n; x = 1\n"
    cells, _ = definitions([Cell("c", source)])
    names: dict = {}
    exec(cells[0].source, names)
    assert (names["f"](), names["x"]) == (1, 1)


def test_too_many_statements_end_the_reading_with_a_remark():
    cells = [Cell("cell 1", "x = y = x\n" * MAX_STATEMENTS), Cell("cell 2", "def f(): pass")]
    found, told = definitions(cells)
    assert found[1].source == ""
    assert told[0].where == "cell 2"


@pytest.mark.parametrize("line", ["x = 1;", "def f(): return x\n", "f = lambda: 1\n"])
def test_a_cell_of_machine_made_code_is_left_out(line):
    text, notes = clean(line * (MAX_STATEMENTS + 1))
    assert text == ""
    assert "more than 10,000 statements" in notes[0]


def test_long_chains_are_followed():
    chain = "x0 = make()\n" + "\n".join(f"x{i} = make(x{i - 1})" for i in range(1, 3000))
    assert kept(chain + "\ndef f(): return x2999").count("\n") == 3000


# ---------------------------------------------------------------- stubs


@pytest.mark.parametrize(
    "source",
    [
        "def f(): raise NotImplementedError",
        "def f():\n    '''doc'''\n    raise NotImplementedError('write me')",
        "def f(): pass",
        "def f(): ...",
        "async def f():\n    'doc'",
        "class f: pass",
        "class f(M):\n    'doc'\n    def forward(self, x):\n        raise NotImplementedError",
        "class f(M):\n    def __init__(self):\n        super().__init__()\n        raise NotImplementedError",
        "class f(M):\n    def __init__(self):\n        super().__init__()\n    def forward(self, x): ...",
        "f = None",
        "f = ...",
        "f: int",
        "x = 1",
        "if x:\n    def f(): pass",
        "not python",
        "def g():\n    def f(): return 1\n    return f",
    ],
)
def test_not_attempted(source):
    assert attempted(source, {"f"}) == set()


@pytest.mark.parametrize(
    "source",
    [
        "def f(): return 1",
        "def f(): raise ValueError",
        "def f(x):\n    y = x\n    raise NotImplementedError",
        "class f:\n    def forward(self): return 1",
        "f = lambda x: x",
        "f = other",
        "f = g = make()",
        "f, x = make()",
        "from mine import g as f",
        "try:\n    pass\nexcept E:\n    def f(): return 1",
        "def f(): pass\ndef f(): return 1",
    ],
)
def test_attempted(source):
    assert attempted(source, {"f", "other", "x2"}) == {"f"}


def test_is_stub_of_anything_else_is_no():
    assert not is_stub(parse("x = 1").body[0])


def test_string_constants():
    source = (
        "a = 'x'\nb: str = 'y'\nc = f'{a}'\nd = 'p' + 'q'\n"
        "e = dedent('z')\ng = h('x', 1)\ndef f():\n    i = 'no'"
    )
    assert list(string_constants(source)) == [("a", "x", 1), ("b", "y", 2), ("d", "pq", 4), ("e", "z", 5)]


@pytest.mark.parametrize(
    ("stem", "name"),
    [("a b", "a_b"), ("1a", "_1a"), ("", "submission"), ("if", "_if"), ("锚", "锚"), ("..", "submission")],
)
def test_as_identifier(stem, name):
    assert as_identifier(stem) == name


# ---------------------------------------------------------------- anything

_PIECES = st.sampled_from(
    [
        "def f(x):\n    return y\n",
        "y = f(1)\n",
        "y = 1;",
        "if y:\n",
        "    y = 2\n",
        "else:\n",
        "%magic\n",
        "!ls (\n",
        '"""',
        "'",
        "(",
        ")",
        "\\\n",
        "@d\n",
        "class A(f):\n",
        "try:\n",
        "except E: z\n",
        "# c\n",
        "锚框 = 3\n",
        "\t",
        "for i in y:\n",
        "y += 1\n",
        "\x0c",
        "train()\n",
        "; ",
        "with f() as y: pass\n",
        "%%time\n",
        "lambda: y",
        "f'{y}'\n",
        "import os, y\n",
        "del y\n",
        "y.a = 1\n",
        "x?\n",
        "global y\n",
        "async ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_PIECES | st.text(max_size=5), max_size=12).map("".join),
    st.sampled_from([(), ("f",), ("y", "A")]),
)
def test_any_text_becomes_python_with_as_many_lines(source, wanted):
    text, notes = clean(source)
    parse(text)
    normal = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert text.count("\n") == normal.count("\n")
    assert all(isinstance(n, str) for n in notes)
    cells, _ = definitions([Cell("c", text)], wanted)
    parse(cells[0].source)
    assert attempted(text, {"f", "A"}) - {"f", "A"} == set()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_characters_are_survived(source):
    parse(clean(source)[0])
