"""Pretrains the small net that fine-tuning starts from: python tests/exercises/train/pretrain.py

It learns the 24 source breeds, which share coats and ears with the 16 target breeds but not the fineness of their patterns. The
file holds its weights as float16, about 60 KB; it is read with `weights_only=True`. Another machine or version of torch
gives other last digits; what counts is the accuracy that is printed at the end.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).resolve().parent
FILE = HERE / "weights" / "breeds.pt"
PICTURES, EPOCHS, SEED = 4000, 16, 0


def pretrained(pictures: int, epochs: int, held_out: int) -> tuple[dict[str, Tensor], float]:
    """The net's state, floats as float16, and its accuracy on held-out source breeds. The same numbers give the same state."""
    sys.path[:0] = [str(HERE), str(HERE / "support")]
    from common import BreedNet, as_floats, predict, train
    from scenes.breeds import SOURCE, breeds

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    made, others = breeds(pictures, SEED, kinds=SOURCE), breeds(held_out, SEED + 1, kinds=SOURCE)
    net = train(BreedNet(len(SOURCE)), as_floats(made.images), made.labels, epochs, 64, 5e-3)
    right = predict(net, as_floats(others.images)).argmax(1) == others.labels
    state = net.state_dict()
    halves = {n: v.half() if v.is_floating_point() else v for n, v in state.items()}
    return halves, float(right.double().mean())


def digest(state: dict[str, Tensor]) -> str:
    """SHA-256 of all numbers of a state: two nets that have the same are the same."""
    found = hashlib.sha256()
    for name in sorted(state):
        found.update(name.encode() + state[name].contiguous().numpy().tobytes())
    return found.hexdigest()


def main() -> None:
    state, right = pretrained(PICTURES, EPOCHS, 1000)
    FILE.parent.mkdir(exist_ok=True)
    torch.save(state, FILE)
    print(f"{FILE}: {FILE.stat().st_size >> 10} KB, {right:.3f} right on held-out source breeds")
    print(digest(state))


if __name__ == "__main__":
    main()
