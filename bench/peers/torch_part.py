"""
PyTorch's part, in a process of its own: `torch_part.py THREADS PART`, a part being one of those at the end. Compiled ones are
under torch.compile; `loader` and `index` are two ways to write the main job.
"""

import math
import sys
from pathlib import Path
from time import perf_counter

import torch
from measure import decoded, report, report_products, report_tasks, report_training, request
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset


def floats(text, *shape):
    return torch.frombuffer(decoded(text), dtype=torch.float32).reshape(shape)


def integers(text):
    return torch.frombuffer(decoded(text), dtype=torch.int32).long()


def network_of(layers):
    """Linear layers with ReLU between them, of these weights; PyTorch keeps them [out, in]."""
    modules = []
    for layer in layers:
        sizes = layer["fanIn"], layer["fanOut"]
        linear = nn.Linear(*sizes)
        with torch.no_grad():
            linear.weight.copy_(floats(layer["w"], *sizes).T)
            linear.bias.copy_(floats(layer["b"], sizes[1]))
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


# ----------------------------------------------------------------------------------------------------------- training steps


def training(asked, compiled=False):
    def step_of(network):
        model = network_of(network["layers"])
        optimizer = torch.optim.SGD(model.parameters(), lr=asked["rate"])
        x = floats(network["x"], network["batch"], network["sizes"][0])
        labels = integers(network["labels"])

        def loss_of(inputs, classes):
            return cross_entropy(model(inputs), classes)

        objective = torch.compile(loss_of) if compiled else loss_of

        def step():
            optimizer.zero_grad()
            loss = objective(x, labels)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    report_training(asked["networks"], step_of, asked["comparedSteps"])


# ----------------------------------------------------------------------------------------------------- products, elements


def products(asked):
    def task_of(type_, *shapes):
        dtype = {"f32": torch.float32, "f64": torch.float64}[type_]
        a, b = (
            (torch.arange(math.prod(shape)) * by % 101 / 113).to(dtype).reshape(shape)
            for shape, by in zip(shapes, (37, 41))
        )
        return lambda: torch.matmul(a, b)

    report_products(asked["products"], task_of)


def elements(asked, compiled=False):
    x = torch.arange(int(asked["elements"])) * 37 % 101 / 113 - 0.4

    def one(x):
        return x * 2

    def plain(x):
        y = (x * 2 + 1) * x - 3
        return (1 / y.abs().sqrt().clamp(min=0.5) + x) * x

    def functions(x):
        y = (x * 0.5).exp() * (x + 1).sin()
        return y.tanh() * (x * x + 1).log() - y

    def task(f):
        fast = torch.compile(f) if compiled else f
        return lambda: fast(x)

    side = int(x.numel() ** 0.5)
    report_tasks(
        {
            asked["one"]: task(one),
            asked["sum"]: task(lambda x: x.sum()),
            asked["sumDown"]: task(lambda x: x.reshape(side, side).sum(0)),
            asked["plain"]: task(plain),
            asked["functions"]: task(functions),
        }
    )


# ------------------------------------------------------------------------------------------------------------ the main job


def digits_of(folder, name):
    """Images as standardised rows [784], and the digits they show."""
    images = torch.frombuffer(bytearray(Path(folder, f"{name}-images-idx3-ubyte").read_bytes()[16:]), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(Path(folder, f"{name}-labels-idx1-ubyte").read_bytes()[8:]), dtype=torch.uint8)
    return (images.reshape(-1, 784) / 255 - 0.1307) / 0.3081, labels.long()


def digits(asked, by_index):
    x, y = digits_of(asked["folder"], "train")
    orders = [integers(order) for order in asked["orders"]]
    dataset = TensorDataset(x, y)

    def batches(order):
        if by_index:
            return ((x[rows], y[rows]) for rows in order.split(asked["batch"]))
        return DataLoader(dataset, batch_size=asked["batch"], sampler=order.tolist())

    model = network_of(asked["layers"])
    losses = []
    start = perf_counter()
    optimizer = torch.optim.Adam(model.parameters(), lr=asked["rate"])
    steps = asked["epochs"] * -(-len(x) // asked["batch"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    for order in orders:
        for inputs, classes in batches(order):
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), classes)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    seconds = perf_counter() - start

    x, y = digits_of(asked["folder"], "t10k")
    assert (model(x).argmax(1) == y).float().mean() > 0.975
    report({asked["name"]: seconds}, {asked["name"]: losses[asked["comparedSteps"] - 1]})


PARTS = {
    "training": training,
    "training-compiled": lambda asked: training(asked, compiled=True),
    "products": products,
    "elements": elements,
    "elements-compiled": lambda asked: elements(asked, compiled=True),
    "loader": lambda asked: digits(asked, by_index=False),
    "index": lambda asked: digits(asked, by_index=True),
}

torch.set_num_threads(int(sys.argv[1]))
PARTS[sys.argv[2]](request())
