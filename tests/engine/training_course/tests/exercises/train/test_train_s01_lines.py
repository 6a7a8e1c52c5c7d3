"""Training tasks of 1.1."""

import torch

from grader.checks import sequence, tensor


def points(n, seed):
    x = torch.rand(n, 1, generator=torch.Generator().manual_seed(seed))
    return x, 2 * x + 1


def test_net_fits_the_line(student, task):
    """A net that was trained on some points of a line predicts the others."""
    x, y = task.draw(points, 32, "training")
    held_out, truth = task.draw(points, 16, "held out")
    student.before_loading.set_scene(7)
    net = student.support.net()
    watching = student.support.watch(net, 32, 40, held_out)
    trained = student.fit(net, x, y, 40)
    trials = [tensor(t, (16, 1)) for t in sequence(student.support.finish(watching))]
    task.curve("error", "held out", [(t - truth).abs().mean() for t in trials])
    task.picture("a grey square", torch.full((3, 8, 8), 128, dtype=torch.uint8))
    found = tensor(student.support.predict(trained, held_out), (16, 1))
    task.judge(
        error=float((found - truth).abs().mean()), hints={"error": "Is the learning rate large enough?"}
    )
