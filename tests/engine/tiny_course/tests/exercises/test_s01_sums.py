"""Graded properties of 1.1."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import agree, expect, tensor
from grader.subject import StudentObject

vectors = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=5).map(torch.tensor)


@given(x=vectors)
def test_total_of_a_vector(student, reference, x):
    """total adds up all elements."""
    agree(tensor(student.total(x), shape=()), reference.total(x))


def test_total_of_nothing(student):
    """The total of an empty vector is 0."""
    agree(tensor(student.total(torch.zeros(0)), shape=()), torch.tensor(0.0))


@given(x=vectors)
def test_total_leaves_its_input_alone(student, x):
    """total does not change its input."""
    student.total(x)
    expect(not student.changed, "total changed its input in place")


@given(x=vectors)
def test_mean_of_a_vector(student, x):
    """mean is the total divided by the number of elements."""
    agree(tensor(student.mean(x), shape=()), x.double().mean().float())


def test_scaler_scales(student):
    """The module multiplies its input by its one parameter, which gets a gradient."""
    net = student.make_scaler(3.0)
    expect(isinstance(net, StudentObject), "make_scaler returns no module", got=net)
    x = torch.tensor([1.0, 2.0])
    agree(tensor(net(x), shape=(2,)), x * 3)
    expect(len(net.state().parameters) == 1, "the module has not exactly one parameter")
    found = student.vjp(net, x).parameters
    expect(
        isinstance(found, dict) and all(g is not None for g in found.values()),
        "the parameter gets no gradient",
    )
