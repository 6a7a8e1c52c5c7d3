"""Graded properties of 13.2."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from grader.checks import agree, expect, mapping, number, sequence, tensor, text
from grader.compare import kind_of
from grader.errors import Crashed
from grader.subject import ModuleState, StudentObject

CPU = torch.device("cpu")


def _net(value, what: str) -> StudentObject:
    expect(isinstance(value, StudentObject), f"{what} returned {kind_of(value)}, wanted the net", got=value)
    return value


def _images(count: int, classes: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Random images with random labels: (count, 3, 4, 4), (count,)"""
    random = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, 4, 4, generator=random), torch.randint(0, classes, (count,), generator=random)


# -- 13.2.1: parameter groups


def _rates(student, net: StudentObject, lr: float, *head: str) -> list[tuple[str, float]]:
    """(parameter name, learning rate) for every parameter in the student's groups, in their order."""
    parameters = net.state().parameters
    found = []
    for number_, value in enumerate(sequence(student.param_groups(net, lr, *head), what="param_groups")):
        group = mapping(value, ["params"], what=f"group {number_}")
        rate = number(group.get("lr", lr), what=f"lr of group {number_}")
        members = [group["params"]] if isinstance(group["params"], Tensor) else group["params"]
        for member in sequence(members, what=f"params of group {number_}"):
            found.append((_name_of(tensor(member, what=f"a parameter of group {number_}"), parameters), rate))
    return found


def _name_of(value: Tensor, parameters: dict[str, Tensor]) -> str:
    """The parameter with these values: in the nets of these checks no two are alike."""
    names = [n for n, p in parameters.items() if p.shape == value.shape and torch.equal(p, value)]
    expect(
        bool(names),
        f"a tensor of shape {tuple(value.shape)} in the groups is no parameter of the net",
        got=value,
    )
    return names[0]


def _expect_rates(student, kind: str, lr: float, head: str, *passed: str) -> None:
    rates = _rates(student, student.support.make(kind), lr, *passed)
    expect(bool(rates), "the groups hold no parameters")
    for name in dict(rates):
        wanted = 10 * lr if name.startswith(head + ".") else lr
        got = [rate for other, rate in rates if other == name]
        place = "head" if name.startswith(head + ".") else "trunk"
        fits = any(abs(rate - wanted) <= 1e-6 * wanted for rate in got)
        expect(
            fits, f"{name} of the {place} learns at {got[0]:g}, wanted {wanted:g}", got=got[0], wanted=wanted
        )


@given(lr=st.sampled_from([0.001, 0.5, 1e-5]))
def test_head_learns_ten_times_faster(student, lr):
    """The head, weight and bias, learns at 10·lr and every other parameter at lr."""
    _expect_rates(student, "plain", lr, "fc")


def test_groups_hold_every_parameter_once(student):
    """Every parameter of the net is in exactly one group."""
    net = student.support.make("plain")
    names = [name for name, _ in _rates(student, net, 0.1)]
    for name in net.state().parameters:
        times = names.count(name)
        expect(times > 0, f"{name} is in no group, so it is never trained")
        expect(times == 1, f"{name} is in the groups {times} times, wanted once")


def test_head_is_found_by_its_exact_name(student):
    """The head is the submodule with this very name, "fc" or "classifier.1"; "block.fc" and "fc_in" are trunk."""
    _expect_rates(student, "look-alike", 0.1, "fc", "fc")
    _expect_rates(student, "nested", 0.1, "classifier.1", "classifier.1")


def test_groups_keep_weight_decay(student):
    """The groups leave weight decay to the optimiser, so that it holds for all parameters."""
    groups = sequence(student.param_groups(student.support.make("plain"), 0.1), what="param_groups")
    for i, value in enumerate(groups):
        group = mapping(value, what=f"group {i}")
        expect(
            "weight_decay" not in group,
            f"group {i} sets its own weight decay, which replaces the optimiser's",
            got=group.get("weight_decay"),
        )


# -- 13.2.1: the sweep

TRAIN, TEST = _images(24, seed=1), _images(300, seed=2)  # more than a batch of 256
EPOCHS, BATCH = 2, 8


def _sweep(student, factory: StudentObject, lrs: list[float], seed: int = 0) -> dict[float, float]:
    sets = [student.support.dataset(*part) for part in (TRAIN, TEST)]
    options = {"epochs": EPOCHS, "batch_size": BATCH, "head": "fc", "device": CPU, "seed": seed}
    found = mapping(student.lr_sweep(factory, *sets, lrs, **options), what="lr_sweep")
    for lr in lrs:
        expect(lr in found, f"lr_sweep has no result for the rate {lr:g}", got=list(found))
    return {lr: number(found[lr], what=f"the accuracy at {lr:g}") for lr in lrs}


def _made(factory: StudentObject, which: str = "made") -> list[StudentObject]:
    nets = sequence(factory.get(which), what="the nets made")
    expect(all(isinstance(n, StudentObject) for n in nets), "the nets made could not be read", got=nets)
    return nets


def _accuracy(net: StudentObject, images: Tensor, labels: Tensor) -> float:
    """The grader's own evaluation."""
    net.call("eval")
    logits = tensor(net(images), shape=(len(images), None), what="the net's output")
    return float((logits.argmax(1) == labels).double().mean())


def _expect_measured(
    got: list[float], nets: list[StudentObject], data: tuple[Tensor, Tensor], what: str
) -> None:
    """Each reported accuracy belongs to one of the nets."""
    own = [_accuracy(net, *data) for net in nets]
    shown = ", ".join(f"{a:.3f}" for a in own)
    for value in got:
        expect(
            any(abs(value - a) < 1e-4 for a in own),
            f"{what} {value:.3f}, but the nets have {shown} when evaluated on all of it in evaluation mode",
            got=value,
            hint="Call net.eval() before measuring, and divide by the number of examples, not of batches.",
        )


def test_sweep_makes_a_net_for_each_rate(student):
    """lr_sweep makes a fresh net for every rate and trains each for the given epochs."""
    factory = student.support.factory(3)
    _sweep(student, factory, [0.01, 0.001, 0.1])
    nets = _made(factory)
    expect(
        len(nets) >= 3,
        f"make_net was called {len(nets)} times for 3 rates: a net is used again for the next rate",
    )
    trained = [int(number(net.get("trained_on"), what="the examples a net saw")) for net in nets]
    wanted = EPOCHS * len(TRAIN[0])
    expect(
        trained.count(wanted) == 3,
        f"the nets were trained on {trained} examples, wanted {wanted} each: {EPOCHS} epochs of {len(TRAIN[0])}",
    )


def test_sweep_uses_the_rates(student):
    """At rate 0 the net of the sweep stays as it was made, at another rate its parameters move."""
    for lr in (0.0, 0.01):
        factory = student.support.factory(3)
        _sweep(student, factory, [lr])
        before, after = _made(factory, "beginnings"), _made(factory)
        expect(bool(after), "make_net was never called")
        moved = _largest_move(before[-1].state(), after[-1].state()) > 0
        expect(moved == (lr > 0), f"at the rate {lr:g} the parameters {'moved' if moved else 'did not move'}")


def _expect_fresh_gradients(factory: StudentObject) -> None:
    for net in _made(factory):
        left_over = number(net.get("left_over"), what="what was left of earlier gradients")
        expect(
            left_over == 0,
            "gradients add up over the batches",
            hint="Call optimizer.zero_grad() once for every batch, before the backward pass.",
        )


def test_sweep_uses_fresh_gradients(student):
    """Each step of the sweep uses the gradient of its own batch, not the sum of all so far."""
    factory = student.support.factory(3)
    _sweep(student, factory, [0.01])
    _expect_fresh_gradients(factory)


def _largest_move(before: ModuleState, after: ModuleState, head: bool | None = None) -> float:
    """The largest change of a parameter: of all, of the head or of the trunk."""
    largest = 0.0
    for name, old in before.parameters.items():
        if head is None or name.startswith("fc.") == head:
            new = tensor(after.parameters.get(name), shape=tuple(old.shape), what=name)
            largest = max(largest, float((new - old).abs().max()))
    return largest


def test_sweep_accuracies_are_true(student):
    """The accuracies of lr_sweep are those of its trained nets on the whole test set, in evaluation mode."""
    factory = student.support.factory(3)
    found = _sweep(student, factory, [0.001, 0.05, 0.3])
    _expect_measured(list(found.values()), _made(factory), TEST, "lr_sweep reports the test accuracy")


def test_sweep_nets_start_alike(student):
    """All nets of the sweep start with the same numbers, given by the seed, so that only the rate differs."""
    factory = student.support.factory(3)
    _sweep(student, factory, [0.01, 0.1], seed=4)
    begun = [net.state() for net in _made(factory, "beginnings")]
    expect(len(begun) >= 2, "make_net was not called for every rate")
    gap = _largest_move(begun[-2], begun[-1])
    expect(gap == 0, "the nets start with different numbers: set the seed before each net is made")


# -- 13.2.2


def _config(name: str, factory: StudentObject, lr: float = 0.01, param_group: bool = True) -> dict:
    return {"name": name, "make_net": factory, "lr": lr, "param_group": param_group}


def _compare(student, configs: list[dict], seed: int = 0) -> list[tuple[str, float, float]]:
    sets = [student.support.dataset(*part) for part in (TRAIN, TEST)]
    options = {"epochs": EPOCHS, "batch_size": BATCH, "head": "fc", "device": CPU, "seed": seed}
    found = sequence(student.compare(configs, *sets, **options), len(configs), what="compare")
    return [_result(value) for value in found]


FIELDS = ("name", "train_accuracy", "test_accuracy")


def _result(value) -> tuple[str, float, float]:
    """A Result as a tuple; a dict or an object with the same fields serves as well."""
    if isinstance(value, StudentObject):
        value = {name: value.get(name) for name in FIELDS}
    if isinstance(value, dict):
        value = [mapping(value, FIELDS, what="a result")[name] for name in FIELDS]
    name, train, test = sequence(value, 3, what="a result (name, train_accuracy, test_accuracy)")
    return (
        text(name, what="the name"),
        number(train, what="train_accuracy"),
        number(test, what="test_accuracy"),
    )


def test_compare_gives_a_result_for_each(student):
    """compare gives one result per configuration, in their order and with their names, accuracies in 0..1."""
    names = ["tuned", "scratch", "other"]
    results = _compare(student, [_config(n, student.support.factory(3)) for n in names])
    agree([r[0] for r in results], names, what="the names")
    for name, *accuracies in results:
        expect(
            all(0 <= a <= 1 for a in accuracies), f"an accuracy of {name} lies outside 0..1", got=accuracies
        )


def test_compare_measures_all_on_the_same_sets(student):
    """Both accuracies of every configuration are those of its trained net on the whole sets, in evaluation mode."""
    factories = [student.support.factory(3, fixed) for fixed in (True, False, False)]
    configs = [
        _config(str(i), f, lr) for i, (f, lr) in enumerate(zip(factories, (0.01, 0.1, 0.5), strict=True))
    ]
    for (_, train, test), factory in zip(_compare(student, configs), factories, strict=True):
        nets = _made(factory)
        expect(bool(nets), "make_net of a configuration was never called")
        _expect_measured([test], nets, TEST, "compare reports the test accuracy")
        _expect_measured([train], nets, TRAIN, "compare reports the training accuracy")


def test_compare_gives_all_the_same_budget(student):
    """Every configuration is trained for the same number of examples, the given epochs of the training set."""
    factories = [student.support.factory(3) for _ in range(3)]
    _compare(student, [_config(str(i), f, param_group=i == 0) for i, f in enumerate(factories)])
    trained = [int(number(n.get("trained_on"), what="the examples")) for f in factories for n in _made(f)]
    wanted = EPOCHS * len(TRAIN[0])
    expect(set(trained) == {wanted}, f"the nets were trained on {trained} examples, wanted {wanted} each")


def test_compare_uses_fresh_gradients(student):
    """Each step of compare uses the gradient of its own batch, not the sum of all so far."""
    factory = student.support.factory(3)
    _compare(student, [_config("a", factory)])
    _expect_fresh_gradients(factory)


def test_equal_configurations_give_equal_nets(student):
    """Two equal configurations give the same trained net, whatever stands between them."""
    first, other, last = (student.support.factory(3) for _ in range(3))
    _compare(student, [_config("a", first), _config("b", other, 0.1, False), _config("c", last)])
    states = [[net.state() for net in _made(f)] for f in (first, last)]
    expect(all(states), "make_net of a configuration was never called")
    gap = _largest_move(states[0][-1], states[1][-1])
    expect(
        gap < 1e-6,
        "two equal configurations gave different nets, so chance or the order of the configurations plays a part",
        hint="Set the seed anew for each configuration, before its net is made and its data are shuffled.",
    )


def test_compare_is_repeated_by_its_seed(student):
    """The same seed gives the same nets again and another seed gives others."""
    states = []
    for shift, seed in ((0, 3), (1, 3), (0, 4)):
        factory = student.support.factory(3)
        _compare(student.at_seed(shift), [_config("a", factory)], seed=seed)
        expect(bool(_made(factory)), "make_net of a configuration was never called")
        states.append(_made(factory)[-1].state())
    expect(_largest_move(states[0], states[1]) < 1e-6, "the same seed gave different nets in two runs")
    expect(_largest_move(states[0], states[2]) > 0, "another seed gave the same net: the seed is not used")


def test_compare_trains_the_nets_as_they_are_made(student):
    """With learning rate 0 every net keeps the parameters it was made with: nothing is loaded into it."""
    tuned, scratch = student.support.factory(3, True), student.support.factory(3)
    _compare(student, [_config("tuned", tuned, 0.0), _config("scratch", scratch, 0.0, False)])
    for name, factory in (("tuned", tuned), ("scratch", scratch)):
        before, after = _made(factory, "beginnings"), _made(factory)
        expect(bool(after), f"make_net of {name!r} was never called")
        moved = max(_largest_move(b.state(), a.state()) for b, a in zip(before, after, strict=True))
        expect(
            moved == 0, f"the net {name!r} does not hold the parameters it was made with, although lr is 0"
        )


def test_compare_gives_the_head_its_rate(student):
    """With param_group the head moves about ten times as far as without; the trunk moves as far."""
    moves = []
    for param_group in (False, True):
        factory = student.support.factory(3, True)
        _compare(student, [_config("a", factory, 1e-4, param_group)])
        before, after = _made(factory, "beginnings"), _made(factory)
        expect(bool(after), "make_net of a configuration was never called")
        states = before[-1].state(), after[-1].state()
        moves.append((_largest_move(*states, head=True), _largest_move(*states, head=False)))
    (head, trunk), (fast_head, fast_trunk) = moves
    expect(min(head, trunk) > 0, "a part of the net was not trained")
    expect(
        4 * head < fast_head < 25 * head,
        f"with param_group the head moved {fast_head / head:.2g} times as far",
    )
    expect(
        trunk / 4 < fast_trunk < 4 * trunk,
        f"with param_group the trunk moved {fast_trunk / trunk:.2g} times as far",
    )


# -- 13.2.3


def _frozen(student, kind: str = "plain", *head: str) -> StudentObject:
    return _net(student.freeze_trunk(student.support.make(kind), *head), "freeze_trunk")


def _expect_only_head_trained(net: StudentObject, head: str) -> None:
    state = net.state()
    for name in state.parameters:
        wanted = name.startswith(head + ".")
        expect(
            (name in state.trained) == wanted,
            f"{name} of the {'head' if wanted else 'trunk'} {'no longer requires' if wanted else 'still requires'} gradients",
        )


def test_only_the_head_requires_gradients(student):
    """After freeze_trunk only the head's weight and bias require gradients."""
    _expect_only_head_trained(_frozen(student), "fc")


def test_frozen_head_is_found_by_its_exact_name(student):
    """Only the submodule with the head's very name stays trainable; "block.fc" and "fc_in" are frozen."""
    _expect_only_head_trained(_frozen(student, "look-alike", "fc"), "fc")
    _expect_only_head_trained(_frozen(student, "nested", "classifier.1"), "classifier.1")


def _expect_trunk_stays(before: ModuleState, after: ModuleState) -> None:
    for name, old in before.parameters.items():
        new = tensor(after.parameters.get(name), shape=tuple(old.shape), what=name)
        if name.startswith("fc."):
            expect(not torch.equal(new, old), f"{name} of the head did not move", got=new)
        else:
            expect(torch.equal(new, old), f"{name} of the trunk moved", got=new, wanted=old)


def test_steps_move_the_head_only(student):
    """Steps of an optimiser with weight decay move the head and leave the trunk's parameters bit for bit."""
    net = _frozen(student)
    before = net.state()
    student.support.steps(net, *_images(8))
    _expect_trunk_stays(before, net.state())


def test_frozen_trunk_stays_under_an_older_optimiser(student):
    """The trunk stays too when the optimiser was made from all parameters before freezing, with weight decay."""
    net = student.support.make("plain")
    optimiser = student.support.optimiser_after_a_step(net, *_images(8))
    frozen = _net(student.freeze_trunk(net), "freeze_trunk")
    before = frozen.state()
    student.support.steps(frozen, *_images(8), 0.9, optimiser)
    _expect_trunk_stays(before, frozen.state())


def test_freezing_keeps_the_function(student):
    """The net computes the same after freezing."""
    images, _ = _images(4)
    net = student.support.make("plain")
    before = tensor(net(images), shape=(4, 3))
    frozen = _net(student.freeze_trunk(net), "freeze_trunk")
    frozen.call("eval")
    agree(tensor(frozen(images), shape=(4, 3)), before, what="the frozen net's output")


def test_frozen_statistics_stay(student):
    """Bonus: the running statistics of the trunk's batch normalisation stay as they were, too."""
    net = _frozen(student)
    before = net.state().buffers
    student.support.steps(net, *_images(8))
    after = net.state().buffers
    for name, old in before.items():
        if old.dtype.is_floating_point:
            new = tensor(after.get(name), shape=tuple(old.shape), what=name)
            expect(
                torch.equal(new, old),
                f"{name} moved: in training mode batch normalisation updates it",
                got=new,
            )


# -- 13.2.4


@st.composite
def transfers(draw) -> tuple[int, int, int, int, int]:
    """(width, outputs, source classes, class index, row)"""
    width, outputs, classes = (draw(st.integers(1, 4)) for _ in range(3))
    return width, outputs, classes, draw(st.integers(0, classes - 1)), draw(st.integers(0, outputs - 1))


def _head(net: StudentObject, outputs: int, width: int) -> tuple[Tensor, Tensor]:
    parameters = net.state().parameters
    weight = tensor(
        parameters.get("fc.weight"), shape=(outputs, width), what="net.fc.weight", meaning="classes, width"
    )
    return weight, tensor(parameters.get("fc.bias"), shape=(outputs,), what="net.fc.bias")


def _source(student, classes: int, width: int) -> tuple[StudentObject, Tensor, Tensor]:
    layer = student.support.linear(classes, width)
    state = layer.state().parameters
    return layer, state["weight"], state["bias"]


@given(case=transfers())
def test_row_is_the_class_row(student, case):
    """The chosen row of net.fc.weight is the source's row of that class, for any width, index and row."""
    width, outputs, classes, index, row = case
    source, weight, _ = _source(student, classes, width)
    net = _net(
        student.head_from_class(student.support.head_only(outputs, width), source, index, row),
        "head_from_class",
    )
    agree(_head(net, outputs, width)[0][row], weight[index], what=f"row {row} of net.fc.weight")


@given(case=transfers())
def test_bias_is_the_class_bias(student, case):
    """The chosen element of net.fc.bias is the source's bias of that class."""
    width, outputs, classes, index, row = case
    source, _, bias = _source(student, classes, width)
    net = _net(
        student.head_from_class(student.support.head_only(outputs, width), source, index, row),
        "head_from_class",
    )
    agree(_head(net, outputs, width)[1][row], bias[index], what=f"element {row} of net.fc.bias")


@given(case=transfers())
def test_other_rows_keep_their_values(student, case):
    """All other rows of net.fc keep their values, weight and bias."""
    width, outputs, classes, index, row = case
    source, _, _ = _source(student, classes, width)
    net = student.support.head_only(outputs, width)
    before = _head(net, outputs, width)
    after = _head(_net(student.head_from_class(net, source, index, row), "head_from_class"), outputs, width)
    others = [i for i in range(outputs) if i != row]
    for name, old, new in zip(("weight", "bias"), before, after, strict=True):
        agree(new[others], old[others], what=f"rows {others} of net.fc.{name}, which are not the chosen one")


def test_row_zero_is_the_default(student):
    """Without a row, row 0 is set; the real index of the hot dog, 934 of 1000, works too."""
    source, weight, _ = _source(student, 1000, 6)
    net = _net(student.head_from_class(student.support.head_only(2, 6), source, 934), "head_from_class")
    agree(_head(net, 2, 6)[0][0], weight[934], what="row 0 of net.fc.weight")


def test_row_is_a_copy(student):
    """It is a copy: the source layer stays as it was, and changing one layer later does not change the other."""
    source, weight, bias = _source(student, 5, 3)
    net = _net(student.head_from_class(student.support.head_only(2, 3), source, 3, 1), "head_from_class")
    kept = source.state().parameters
    agree(kept.get("weight"), weight, what="the source's weight after the call")
    agree(kept.get("bias"), bias, what="the source's bias after the call")
    before = _head(net, 2, 3)
    student.support.overwrite(source, 9.0)
    for name, old, new in zip(("weight", "bias"), before, _head(net, 2, 3), strict=True):
        expect(
            torch.equal(old, new),
            f"changing the source layer changed net.fc.{name}: they share memory",
            got=new,
        )
    student.support.overwrite(_net(net.get("fc"), "net.fc"), 5.0)
    shared = [n for n, p in source.state().parameters.items() if bool((p != 9).any())]
    expect(not shared, "changing net.fc changed the source layer: they share memory")


def test_new_head_can_be_trained(student):
    """Gradients reach every row of net.fc, the copied one too."""
    source, _, _ = _source(student, 5, 3)
    net = _net(student.head_from_class(student.support.head_only(2, 3), source, 4, 0), "head_from_class")
    x = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    gradients = mapping(student.vjp(net, x).parameters, what="the gradients of the net")
    for name, wanted in (("fc.weight", x.sum(0).expand(2, 3)), ("fc.bias", torch.full((2,), 2.0))):
        expect(
            isinstance(gradients.get(name), Tensor), f"net.{name} gets no gradient, so it cannot be trained"
        )
        agree(tensor(gradients[name], shape=tuple(wanted.shape), what=f"the gradient of {name}"), wanted)


def test_new_head_stays_on_its_device(student):
    """net.fc stays on the net's device, wherever the source layer is."""
    source, _, _ = _source(student, 5, 3)
    net = student.support.head_only(2, 3, "meta")
    try:
        found = student.head_from_class(net, source, 4, 0)
    except Crashed:
        return  # not every way of copying works on torch's device without data, and that is no mistake
    for name, value in _net(found, "head_from_class").state().parameters.items():
        expect(
            value.device.type == "meta",
            f"net.{name} is on {value.device}, the net was on {torch.device('meta')}",
        )
