"""By modules and identity instead of names; tensors prepared once, dicts as results."""

import torch
from torch.nn.functional import cross_entropy


def param_groups(net, lr, head="fc"):
    module = net
    for part in head.split("."):
        module = module[int(part)] if part.isdigit() else getattr(module, part)
    own = {id(p) for p in module.parameters()}
    return [
        {"params": module.parameters(), "lr": lr * 10.0},
        {"params": (p for p in net.parameters() if id(p) not in own), "lr": float(lr)},
    ]


def stack(data):
    return torch.stack([x for x, _ in data]), torch.tensor([y for _, y in data])


def run(net, groups, train, epochs, batch_size):
    x, y = train
    optimizer = torch.optim.AdamW(groups)
    net.train()
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(batch_size):
            optimizer.zero_grad()
            cross_entropy(net(x[part]), y[part]).backward()
            optimizer.step()


def score(net, data):
    x, y = data
    net.train(False)
    with torch.inference_mode():
        return (net(x).max(1).indices == y).double().mean()


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    train, test = stack(train_set), stack(test_set)

    def one(lr):
        torch.manual_seed(seed)
        net = make_net()
        run(net, param_groups(net, lr, head), train, epochs, batch_size)
        return score(net, test)

    return {lr: one(lr) for lr in lrs}


def compare(configs, train_set, test_set, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    train, test = stack(train_set), stack(test_set)
    rows = []
    for config in configs:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = config["make_net"]()
            if config["param_group"]:
                groups = param_groups(net, config["lr"], head)
            else:
                groups = [{"params": list(net.parameters()), "lr": config["lr"]}]
            run(net, groups, train, epochs, batch_size)
        rows.append({
            "name": config["name"],
            "train_accuracy": score(net, train).item(),
            "test_accuracy": score(net, test).item(),
        })
    return rows


class Still:
    """Remembers the buffers and puts them back after every pass."""

    def __init__(self, module):
        self.kept = {k: v.clone() for k, v in module.named_buffers()}

    def __call__(self, module, inputs, output):
        for k, v in module.named_buffers():
            v.data.copy_(self.kept[k])


def freeze_trunk(net, head="fc"):
    net.requires_grad_(False)
    keep = net.get_submodule(head)
    keep.requires_grad_(True)
    for module in net.modules():
        if "BatchNorm" in type(module).__name__:
            module.register_forward_hook(Still(module))
    return net


def head_from_class(net, pretrained_head, class_index, row=0):
    with torch.no_grad():
        net.fc.weight[row, :].copy_(pretrained_head.weight[class_index, :])
        net.fc.bias[row].copy_(pretrained_head.bias[class_index])
    return net
