"""Graded properties of 13.10."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from grader.checks import Tolerance, agree, expect, tensor
from grader.compare import difference
from grader.errors import Crashed

KERNEL = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
ROWS_AND_COLUMNS = "one row per output element, one column per pixel"


@st.composite
def matrix(draw, height: int, width: int, least: int = -3) -> torch.Tensor:
    """(height, width) float32 of small whole numbers: sums and products of them are exact in every order."""
    numbers = draw(st.lists(st.integers(least, 4), min_size=height * width, max_size=height * width))
    return torch.tensor(numbers, dtype=torch.float32).reshape(height, width)


@st.composite
def image_and_kernel(draw, square: bool = False, least: int = -3) -> tuple[torch.Tensor, torch.Tensor]:
    """An image and a kernel that fits into it; with `square` both are square."""
    kh, more_h = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    kw, more_w = (kh, more_h) if square else (draw(st.integers(1, 3)), draw(st.integers(0, 3)))
    return draw(matrix(kh + more_h, kw + more_w)), draw(matrix(kh, kw, least))


@st.composite
def two_matrices(draw, square: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """The two arguments of trans_conv, of any two shapes."""
    h, kh = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    w, kw = (h, kh) if square else (draw(st.integers(1, 4)), draw(st.integers(1, 3)))
    return draw(matrix(h, w)), draw(matrix(kh, kw))


@st.composite
def image_kernel_and_result(draw) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A square image, a square kernel, and a matrix of the shape that corr2d makes of them."""
    x, k = draw(image_and_kernel(square=True))
    return x, k, draw(matrix(*(image - kernel + 1 for image, kernel in zip(x.shape, k.shape, strict=True))))


@st.composite
def two_of_each(draw) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two square images of one shape, and two square kernels of one shape."""
    h, kh = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return draw(matrix(h, h)), draw(matrix(h, h)), draw(matrix(kh, kh)), draw(matrix(kh, kh))


def _gathered(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Cross-correlation written out."""
    (h, w), (kh, kw) = x.shape, k.shape
    rows = [
        [
            sum(float(x[i + a, j + b] * k[a, b]) for a in range(kh) for b in range(kw))
            for j in range(w - kw + 1)
        ]
        for i in range(h - kh + 1)
    ]
    return torch.tensor(rows)


def _spread(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Transposed convolution by torch's own operator."""
    return F.conv_transpose2d(x[None, None], k[None, None])[0, 0]


def _spread_shape(x: torch.Tensor, k: torch.Tensor) -> tuple[int, int]:
    return x.shape[0] + k.shape[0] - 1, x.shape[1] + k.shape[1] - 1


def _trans_conv(student, x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return tensor(
        student.trans_conv(x, k),
        shape=_spread_shape(x, k),
        meaning="(h + kh - 1, w + kw - 1)",
        what="trans_conv",
    )


# -- 13.10.1


@given(pair=image_and_kernel())
def test_corr2d_values(student, reference, pair):
    """corr2d sums kernel times window at every place where the kernel fits, without flipping it."""
    x, k = pair
    wanted = _gathered(x, k)
    got = tensor(student.corr2d(x, k), shape=wanted.shape, meaning="(h - kh + 1, w - kw + 1)", what="corr2d")
    agree(got, wanted, what="corr2d", hint=_flip_hint(got, _gathered(x, k.flip(0, 1))))
    agree(got, reference.corr2d(x, k), what="corr2d")


@given(pair=two_matrices(square=True))
def test_trans_conv_values(student, reference, pair):
    """trans_conv equals the reference and torch's conv_transpose2d."""
    x, k = pair
    got = _trans_conv(student, x, k)
    agree(got, _spread(x, k), what="trans_conv", hint=_flip_hint(got, _spread(x, k.flip(0, 1))))
    agree(got, reference.trans_conv(x, k), what="trans_conv")


def test_trans_conv_known_value(student):
    """trans_conv of [[27,37],[57,67]] with [[1,2],[3,4]] is [[27,91,74],[138,400,282],[171,429,268]]."""
    got = _trans_conv(student, torch.tensor([[27.0, 37.0], [57.0, 67.0]]), KERNEL)
    agree(got, torch.tensor([[27.0, 91.0, 74.0], [138.0, 400.0, 282.0], [171.0, 429.0, 268.0]]))


@given(at=st.tuples(st.integers(0, 2), st.integers(0, 2)), k=matrix(2, 2, least=1))
def test_impulse_gives_the_kernel(student, at, k):
    """A single 1 among zeros gives the kernel, at the place of the 1, and zeros elsewhere."""
    x = torch.zeros(3, 3)
    x[at] = 1.0
    got = _trans_conv(student, x, k)
    wanted = torch.zeros(4, 4)
    wanted[at[0] : at[0] + 2, at[1] : at[1] + 2] = k
    agree(got, wanted, what="trans_conv of an impulse", hint=_flip_hint(got, _spread(x, k.flip(0, 1))))


@given(case=image_kernel_and_result())
def test_trans_conv_is_the_adjoint(student, case):
    """The sum of corr2d(X, K)·Y equals the sum of X·trans_conv(Y, K): one is the transpose of the other."""
    x, k, y = case
    gathered = _gathered(x, k)
    spread = _trans_conv(student, y, k).double()
    left, right = float((gathered * y).sum()), float((x * spread).sum())
    agree(right, left, what="the sum of X·trans_conv(Y, K)")


@given(images_and_kernels=two_of_each())
def test_trans_conv_is_linear(student, images_and_kernels):
    """trans_conv is linear in the image and in the kernel."""
    x, x2, k, k2 = images_and_kernels
    plain = _trans_conv(student, x, k)
    agree(_trans_conv(student, 2 * x + x2, k), 2 * plain + _trans_conv(student, x2, k), what="2X + X2")
    agree(_trans_conv(student, x, k2 - 3 * k), _trans_conv(student, x, k2) - 3 * plain, what="K2 - 3K")


@given(pair=two_matrices())
def test_trans_conv_of_any_shape(student, pair):
    """For any sizes the result has shape (h+kh−1, w+kw−1), and transposing X and K transposes it."""
    x, k = pair
    turned = _trans_conv(student, x.T.contiguous(), k.T.contiguous())
    agree(_trans_conv(student, x, k), turned.T, what="trans_conv(X, K) against trans_conv(Xᵀ, Kᵀ)ᵀ")


def test_trans_conv_keeps_float64(student):
    """float64 images and kernels give a float64 result of full precision."""
    x, k = torch.tensor([[1 / 3]], dtype=torch.float64), torch.tensor([[5.0]], dtype=torch.float64)
    got = tensor(student.trans_conv(x, k), shape=(1, 1), what="trans_conv")
    expect(
        got.dtype is torch.float64,
        f"the result of float64 inputs has dtype {got.dtype}, wanted torch.float64",
    )
    # Tighter than the table: a detour through float32 would be off by 1e-8.
    agree(got, x * 5, within=Tolerance(1e-12, 0.0))


def test_trans_conv_keeps_integers(student):
    """Integer images and kernels give an integer result."""
    got = student.trans_conv(torch.tensor([[7]]), torch.tensor([[-3]]))
    agree(
        tensor(got, shape=(1, 1), dtype="integer", what="the result of integer inputs").long(),
        torch.tensor([[-21]]),
    )


@given(x=matrix(3, 3), k=matrix(2, 2))
def test_convolutions_leave_their_inputs_alone(student, x, k):
    """corr2d and trans_conv do not change the image or the kernel they were given."""
    for name in ("corr2d", "trans_conv"):
        getattr(student, name)(x, k)
        expect(not student.changed, f"{name} changed {' and '.join(student.changed)} in place")


def _flip_hint(got: torch.Tensor, flipped: torch.Tensor) -> str | None:
    same = bool(torch.allclose(got.double(), flipped.double()))
    return "This is the result for the kernel turned by 180°: it must not be flipped." if same else None


# -- 13.10.2


def _matrix_of(x_shape: tuple[int, int], k: torch.Tensor, column_major: bool = False) -> torch.Tensor:
    """The matrix of corr2d, column by column: what corr2d makes of an impulse at each pixel."""
    h, w = x_shape
    order = (
        [(r, c) for c in range(w) for r in range(h)]
        if column_major
        else [(r, c) for r in range(h) for c in range(w)]
    )
    columns = []
    for r, c in order:
        impulse = torch.zeros(h, w)
        impulse[r, c] = 1.0
        out = F.conv2d(impulse[None, None], k[None, None])[0, 0]
        columns.append((out.T if column_major else out).reshape(-1))
    return torch.stack(columns, dim=1)


def _small_matrix(student, k: torch.Tensor) -> object:
    """kernel2matrix for a 3×3 image; the book's own function knows only this case and takes just K."""
    try:
        return student.kernel2matrix(k, (3, 3))
    except Crashed as error:
        if error.kind != "TypeError":
            raise
        return student.kernel2matrix(k)


def _other_order(shape: tuple[int, int], k: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"images are read column by column": _matrix_of(shape, k, column_major=True)}


@given(k=matrix(2, 2))
def test_matrix_for_the_small_image(student, k):
    """For a 3×3 image and a 2×2 kernel, kernel2matrix gives the 4×9 matrix of the convolution."""
    got = tensor(_small_matrix(student, k), shape=(4, 9), meaning=ROWS_AND_COLUMNS, what="kernel2matrix")
    agree(got, _matrix_of((3, 3), k), what="kernel2matrix", conventions=_other_order((3, 3), k))


@given(pair=image_and_kernel())
def test_matrix_for_any_shape(student, reference, pair):
    """For any image and kernel, W·x is corr2d of the image read row by row, and Wᵀ·y is trans_conv."""
    x, k = pair
    shape, wanted = tuple(x.shape), _gathered(x, k)
    size = (wanted.numel(), x.numel())
    # Tiny cases read alike by rows and by columns, so one that does not tells whether columns are meant.
    probe, conventions = torch.arange(1.0, 7.0).reshape(2, 3), None
    if difference(student.kernel2matrix(probe, (3, 4)), _matrix_of((3, 4), probe, column_major=True)) is None:
        conventions = _other_order(shape, k)
    got = tensor(student.kernel2matrix(k, shape), shape=size, meaning=ROWS_AND_COLUMNS, what="kernel2matrix")
    agree(got, _matrix_of(shape, k), what="kernel2matrix", conventions=conventions)
    agree(got, reference.kernel2matrix(k, shape), what="kernel2matrix")
    agree(got.double() @ x.double().reshape(-1), wanted.double().reshape(-1), what="W·x")
    agree(got.double().T @ wanted.double().reshape(-1), _spread(wanted, k).double().reshape(-1), what="Wᵀ·y")


@given(pair=image_and_kernel(least=1))
def test_matrix_is_sparse(student, pair):
    """Each row of the matrix holds the kh·kw elements of the kernel and otherwise zeros."""
    x, k = pair
    wanted = _gathered(x, k)
    got = tensor(
        student.kernel2matrix(k, tuple(x.shape)), shape=(wanted.numel(), x.numel()), what="kernel2matrix"
    )
    for count in (got != 0).sum(dim=1).tolist():
        expect(
            count == k.numel(), f"a row has {count} elements that are not zero, wanted {k.numel()}", got=got
        )
    agree(got.double().sum(dim=1), k.double().sum().expand(wanted.numel()), what="the sum of each row")


@given(pair=image_and_kernel())
def test_conv_by_matmul_values(student, reference, pair):
    """conv_by_matmul gives what corr2d gives, for any shapes."""
    x, k = pair
    wanted = _gathered(x, k)
    got = tensor(student.conv_by_matmul(x, k), shape=wanted.shape, meaning="(h - kh + 1, w - kw + 1)")
    agree(got, wanted, what="conv_by_matmul")
    agree(got, reference.conv_by_matmul(x, k), what="conv_by_matmul")


@given(pair=two_matrices())
def test_trans_conv_by_matmul_values(student, reference, pair):
    """trans_conv_by_matmul gives what trans_conv gives, for any shapes."""
    x, k = pair
    wanted = _spread(x, k)
    got = tensor(student.trans_conv_by_matmul(x, k), shape=wanted.shape, meaning="(h + kh - 1, w + kw - 1)")
    agree(got, wanted, what="trans_conv_by_matmul")
    agree(got, reference.trans_conv_by_matmul(x, k), what="trans_conv_by_matmul")


@given(x=matrix(3, 3), k=matrix(2, 2))
def test_matrix_forms_leave_their_inputs_alone(student, x, k):
    """kernel2matrix and the two products do not change what they were given."""
    calls = {
        "kernel2matrix": lambda: _small_matrix(student, k),
        "conv_by_matmul": lambda: student.conv_by_matmul(x, k),
        "trans_conv_by_matmul": lambda: student.trans_conv_by_matmul(x, k),
    }
    for name, call in calls.items():
        call()
        expect(not student.changed, f"{name} changed {' and '.join(student.changed)} in place")
