"""What the parts in Python share: a request is read, a figure is taken as bench/measure.ts takes it, an outcome is printed."""

import base64
import json
import math
import sys
from statistics import median
from time import perf_counter


def request():
    """What to do, and with which numbers: bench/request.ts."""
    return json.load(sys.stdin)


def decoded(text):
    """Numbers as they lie in memory; writable, as libraries want them."""
    return bytearray(base64.b64decode(text))


def report(figures, losses=None):
    print(json.dumps({"figures": figures, "losses": losses or {}}))


def microseconds(task, milliseconds=150):
    """Microseconds a call: the median over batches of half a millisecond or more, after 300 ms and 12 calls of warming up."""
    calls = 0
    start = perf_counter()
    elapsed = 0
    while elapsed < (1.5 if calls < 12 else 0.3):
        task()
        calls += 1
        elapsed = perf_counter() - start
    batch = max(1, -int(-0.0005 * calls // elapsed))
    samples = []
    end = perf_counter() + milliseconds / 1000
    while len(samples) < 3 or perf_counter() < end:
        start = perf_counter()
        for _ in range(batch):
            task()
        samples.append((perf_counter() - start) * 1e6 / batch)
    return median(samples)


def report_tasks(tasks):
    """Every task in turn."""
    report({name: microseconds(task) for name, task in tasks.items()})


def report_products(products, task_of):
    """Products, in GFLOP/s; `task_of(type, a, b)` is one of arrays of these shapes."""
    report(
        {
            p["name"]: 2e-3 * math.prod(p["a"]) * p["b"][-1] / microseconds(task_of(p["type"], p["a"], p["b"]))
            for p in products
        }
    )


def report_training(networks, step_of, compared_steps):
    """Training steps in turn, each giving its loss: how long one takes, and the loss after some of them."""
    figures, losses = {}, {}
    for network in networks:
        name = network["name"]
        step = step_of(network)
        for _ in range(compared_steps):
            losses[name] = step()
        figures[name] = microseconds(step)
    report(figures, losses)
