"""Pretrains the small net that fine-tuning starts from: python tests/exercises/train/pretrain.py

It learns the 24 source breeds, which share coats and ears with the 16 target breeds but not the fineness of their patterns. The
file holds its weights as float16, about 60 KB; it is read with `weights_only=True`. Another machine or version of torch
gives other last digits; what counts is the accuracy that is printed at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
FILE = HERE / "weights" / "breeds.pt"
PICTURES, EPOCHS, SEED = 4000, 16, 0


def main() -> None:
    sys.path[:0] = [str(HERE), str(HERE / "support")]
    from common import BreedNet, as_floats, predict, train
    from scenes.breeds import SOURCE, breeds

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    made, held_out = breeds(PICTURES, SEED, kinds=SOURCE), breeds(1000, SEED + 1, kinds=SOURCE)
    net = train(BreedNet(len(SOURCE)), as_floats(made.images), made.labels, EPOCHS, 64, 5e-3)
    right = predict(net, as_floats(held_out.images)).argmax(1) == held_out.labels
    state = {
        name: value.half() if value.is_floating_point() else value for name, value in net.state_dict().items()
    }
    FILE.parent.mkdir(exist_ok=True)
    torch.save(state, FILE)
    print(
        f"{FILE}: {FILE.stat().st_size >> 10} KB, {float(right.double().mean()):.3f} right on held-out source breeds"
    )


if __name__ == "__main__":
    main()
