"""Beside the student's code: a net of two numbers."""

import torch

from grader.worker.watch import Watch, evaluate

scene = []


def net():
    return torch.nn.Linear(1, 1)


def watch(net, examples, epochs, probe):
    return Watch(net, examples=examples, epochs=epochs, tell=tell, probe=probe)  # noqa: F821 (the worker's)


def finish(watching):
    return watching.finish()


def predict(net, x):
    return evaluate(net, x)


def set_scene(value):
    import sys

    sys.modules["scene"] = type(sys)("scene")
    sys.modules["scene"].value = value
