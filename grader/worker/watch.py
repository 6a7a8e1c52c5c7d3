"""Watches a net while student code trains it: counts epochs, tells how far it is, and stops what diverges.

It hangs on the net by hooks, so that it works with any training loop. What it notes comes from the untrusted side:
good for curves and progress, never for points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

LARGEST = 1e6
"""beyond this a score says nothing any more: the training has diverged"""


class Diverged(ArithmeticError):
    """A training that went off to infinity or NaN; its message names the epoch."""


class Watch:
    """Watches the training of `net` until `finish`.

    examples  how many examples make one epoch
    epochs    how many epochs there will be
    tell      is told (epochs done, epochs)
    probe     inputs on which the net is tried, in evaluation mode, before training and after each epoch
    keep      what to keep of its output there
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        examples: int,
        epochs: int,
        tell: Callable[[int, int], None],
        probe: Tensor | None = None,
        keep: Callable[[Any], Any] = lambda output: output,
    ) -> None:
        self._net, self._examples, self._epochs, self._tell = net, examples, epochs, tell
        self._probe, self._keep = probe, keep
        self._seen, self._done = 0, 0
        self._trying = False
        self.tried: list[Any] = []
        self._hooks = [net.register_forward_pre_hook(self._before), net.register_forward_hook(self._after)]
        self._try()

    def finish(self) -> list[Any]:
        """Stop watching; what was kept of the trials: before training, after each epoch, and at the end."""
        for hook in self._hooks:
            hook.remove()
        if self._seen > self._done * self._examples or not self._done:
            self._try()
        return self.tried

    def _trains(self) -> bool:
        return torch.is_grad_enabled() and self._net.training and not self._trying

    def _before(self, net: nn.Module, inputs: Any) -> None:
        if self._trains() and self._seen >= (self._done + 1) * self._examples:
            self._done = self._seen // self._examples
            self._tell(self._done, self._epochs)
            self._try()

    def _after(self, net: nn.Module, inputs: Any, output: Any) -> None:
        if not self._trains():
            return
        for value in _tensors(output):
            if value.is_floating_point() and value.numel() and not bool(value.detach().abs().max() < LARGEST):
                raise Diverged(
                    f"in epoch {self._seen // self._examples + 1} the net's output became {_described(value)}"
                )
        self._seen += len(inputs[0])

    def _try(self) -> None:
        if self._probe is None:
            return
        self._trying = True
        try:
            self.tried.append(self._keep(evaluate(self._net, _beside(self._net, self._probe))))
        finally:
            self._trying = False


def evaluate(net: nn.Module, inputs: Tensor) -> Any:
    """The net's output in evaluation mode, without gradients; every module's mode stays as it was."""
    training = [module for module in net.modules() if module.training]
    net.eval()
    try:
        with torch.no_grad():
            return net(inputs)
    finally:
        for module in training:
            module.training = True


def _beside(net: nn.Module, inputs: Tensor) -> Tensor:
    """The inputs on the net's device: before the training moves it, and after."""
    first = next(net.parameters(), None)
    return inputs if first is None else inputs.to(first.device)


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (list, tuple)):
        for part in output:
            yield from _tensors(part)


def _described(value: Tensor) -> str:
    if value.isnan().any():
        return "NaN"
    return "infinite" if value.isinf().any() else f"as large as {float(value.abs().max()):.1e}"
