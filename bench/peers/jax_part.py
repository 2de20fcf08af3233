"""
JAX's part, in a process of its own: `jax_part.py THREADS (training | products | elements)`. Every task is one jitted function,
waited for.
"""

import os
import sys

# there is no function to set them: XLA takes as many threads as these say, or as there are processors for the process
THREADS = int(sys.argv[1])
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["NPROC"] = os.environ["PJRT_NPROC"] = str(THREADS)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])

import jax
import jax.numpy as jnp
import numpy as np
from measure import decoded, report_products, report_tasks, report_training, request

jax.config.update("jax_enable_x64", True)


def floats(text, *shape):
    return jnp.asarray(np.frombuffer(decoded(text), np.float32).reshape(shape))


def training(asked):
    def loss_of(params, x, labels):
        h = x
        for i, (w, b) in enumerate(params):
            h = h @ w + b
            if i < len(params) - 1:
                h = jax.nn.relu(h)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h), labels[:, None], axis=1))

    @jax.jit
    def update(params, x, labels):
        loss, gradients = jax.value_and_grad(loss_of)(params, x, labels)
        return loss, jax.tree_util.tree_map(lambda p, g: p - asked["rate"] * g, params, gradients)

    def step_of(network):
        x = floats(network["x"], network["batch"], network["sizes"][0])
        labels = jnp.asarray(np.frombuffer(decoded(network["labels"]), np.int32))
        params = [
            (floats(layer["w"], layer["fanIn"], layer["fanOut"]), floats(layer["b"], layer["fanOut"]))
            for layer in network["layers"]
        ]

        def step():
            nonlocal params
            loss, params = update(params, x, labels)
            return float(loss)

        return step

    report_training(asked["networks"], step_of, asked["comparedSteps"])


def products(asked):
    product = jax.jit(jnp.matmul)

    def task_of(type_, *shapes):
        dtype = {"f32": np.float32, "f64": np.float64}[type_]
        a, b = (
            jnp.asarray((np.arange(np.prod(shape)) * by % 101 / 113).astype(dtype).reshape(shape))
            for shape, by in zip(shapes, (37, 41))
        )
        return lambda: product(a, b).block_until_ready()

    report_products(asked["products"], task_of)


def elements(asked):
    x = jnp.asarray((np.arange(int(asked["elements"])) * 37 % 101 / 113 - 0.4).astype(np.float32))

    def plain(x):
        y = (x * 2 + 1) * x - 3
        return (1 / jnp.maximum(jnp.sqrt(jnp.abs(y)), 0.5) + x) * x

    def functions(x):
        y = jnp.exp(x * 0.5) * jnp.sin(x + 1)
        return jnp.tanh(y) * jnp.log(x * x + 1) - y

    def task(f):
        fast = jax.jit(f)
        return lambda: fast(x).block_until_ready()

    side = int(x.size**0.5)
    report_tasks(
        {
            asked["one"]: task(lambda x: x * 2),
            asked["sum"]: task(jnp.sum),
            asked["sumDown"]: task(lambda x: x.reshape(side, side).sum(0)),
            asked["plain"]: task(plain),
            asked["functions"]: task(functions),
        }
    )


{"training": training, "products": products, "elements": elements}[sys.argv[2]](request())
