"""Every name the stand-in offers, and the book's short names for what torch calls otherwise."""

from __future__ import annotations

import collections
import hashlib
import importlib
import math
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from grader.worker.book import data, measuring, plotting, training

PLOTTING = ("use_svg_display", "set_figsize", "set_axes", "plot", "show_images", "show_bboxes", "Animator")
MEASURING = (
    "Timer", "Accumulator", "cpu", "gpu", "num_gpus", "try_gpu", "try_all_gpus", "get_dataloader_workers", "copyfile",
    "add_to_class",
)  # fmt: skip
TRAINING = (
    "accuracy", "evaluate_accuracy_gpu", "evaluate_accuracy", "train_batch_ch13", "train_ch13", "Residual", "resnet18",
)  # fmt: skip


def _numpy(x: Tensor, *args: Any, **kwargs: Any) -> Any:
    return x.detach().numpy(*args, **kwargs)


def names() -> dict[str, Any]:
    """Everything the module offers at once."""
    helpers: list[Any] = [
        *(getattr(plotting, n) for n in PLOTTING), *(getattr(measuring, n) for n in MEASURING),
        *(getattr(training, n) for n in TRAINING),
    ]  # fmt: skip
    modules = {
        m.__name__.rpartition(".")[2]: m
        for m in (collections, hashlib, math, os, random, re, shutil, sys, time)
    }
    return {
        **{str(h.__name__): h for h in helpers},
        **{name: data.needs_data(name) for name in data.DATA_FUNCTIONS},
        **modules,
        "torch": torch,
        "nn": nn,
        "F": functional,
        "np": np,
        "defaultdict": collections.defaultdict,
        "DATA_URL": data.DATA_URL,
        "DATA_HUB": data.DATA_HUB,
        "VOC_CLASSES": data.VOC_CLASSES,
        "VOC_COLORMAP": data.VOC_COLORMAP,
        **_TORCH,
        **_METHODS,
    }


_TORCH: dict[str, Any] = {
    name: getattr(torch, name)
    for name in (
        "ones_like", "ones", "zeros_like", "zeros", "tensor", "arange", "meshgrid", "sin", "sinh", "cos",
        "cosh", "tanh", "linspace", "exp", "log", "normal", "rand", "randn", "randint", "matmul", "int32", "int64",
        "float32", "concat", "stack", "abs", "eye", "sigmoid",
    )
}  # fmt: skip
_TORCH.update(batch_matmul=torch.bmm, nn_Module=nn.Module)

_METHODS: dict[str, Callable[..., Any]] = {
    "numpy": _numpy,
    "size": lambda x, *a, **k: x.numel(*a, **k),
    "reshape": lambda x, *a, **k: x.reshape(*a, **k),
    "to": lambda x, *a, **k: x.to(*a, **k),
    "reduce_sum": lambda x, *a, **k: x.sum(*a, **k),
    "reduce_mean": lambda x, *a, **k: x.mean(*a, **k),
    "argmax": lambda x, *a, **k: x.argmax(*a, **k),
    "astype": lambda x, *a, **k: x.type(*a, **k),
    "transpose": lambda x, *a, **k: x.t(*a, **k),
    "expand_dims": lambda x, *a, **k: x.unsqueeze(*a, **k),
    "repeat": lambda x, *a, **k: x.repeat(*a, **k),
}

LAZY: dict[str, Callable[[], Any]] = {
    "plt": plotting.pyplot,
    "pd": lambda: importlib.import_module("pandas"),
    "Image": lambda: importlib.import_module("PIL.Image"),
    "torchvision": lambda: importlib.import_module("torchvision"),
    "transforms": lambda: importlib.import_module("torchvision.transforms"),
}

# Without pandas, which the stand-in does not need: `import *` must not fail for its sake.
PUBLIC = sorted({*names(), *LAZY} - {"pd"})
