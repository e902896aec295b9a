"""The network: one LSTM layer and heads for the quantiles, trained by back-propagation through time with Adam."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class State(NamedTuple):
    """Of a training."""

    weights: Any
    first_moments: Any
    second_moments: Any
    count: int


def start(random, features, units, sides, knots, levels):
    def matrix(rows, columns):
        return jnp.asarray(random.normal(0, rows ** -0.5, (rows, columns)), dtype=jnp.float32)

    gates = np.zeros(4 * units, dtype=np.float32)
    gates[units:2 * units] = 1  # it begins with remembering
    weights = {"in": matrix(features, 4 * units), "state": matrix(units, 4 * units), "gates": jnp.asarray(gates),
               "hidden": matrix(units + sides, units), "hidden_bias": jnp.zeros(units),
               "out": matrix(units, knots * len(levels)) * 0.1, "out_bias": jnp.zeros(knots * len(levels))}
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return State(weights, zeros, zeros, 0)


def forward(weights, windows, sides, last, level_count):
    """Quantiles on the scale: an array of batch x knots x levels, ascending in the last one.

    windows: batch x steps x features; sides: batch x sides; last: batch."""
    units = weights["state"].shape[0]
    inputs = windows @ weights["in"] + weights["gates"]  # of all steps at once

    def step(carry, at_step):
        hidden, cell = carry
        enter, forget, output, candidate = jnp.split(at_step + hidden @ weights["state"], 4, axis=-1)
        cell = jax.nn.sigmoid(forget) * cell + jax.nn.sigmoid(enter) * jnp.tanh(candidate)
        hidden = jax.nn.sigmoid(output) * jnp.tanh(cell)
        return (hidden, cell), None

    nothing = jnp.zeros((windows.shape[0], units))
    (hidden, _), _ = jax.lax.scan(step, (nothing, nothing), jnp.swapaxes(inputs, 0, 1))
    joined = jnp.tanh(jnp.concatenate([hidden, sides], axis=-1) @ weights["hidden"] + weights["hidden_bias"])
    out = (joined @ weights["out"] + weights["out_bias"]).reshape(windows.shape[0], -1, level_count)
    # Each quantile is the one below it and something more.
    steps_up = jnp.concatenate([out[..., :1], 0.2 * jax.nn.softplus(out[..., 1:])], axis=-1)
    return last[:, None, None] + jnp.cumsum(steps_up, axis=-1)


def pinball(said, targets, levels):
    error = targets[..., None] - said
    return jnp.mean(jnp.maximum(levels * error, (levels - 1) * error))


@jax.jit
def train(state, windows, sides, last, targets, levels, learning_rate):
    """(state after one step of Adam, the loss before it)"""

    def loss_of(weights):
        return pinball(forward(weights, windows, sides, last, len(levels)), targets, levels)

    loss, slopes = jax.value_and_grad(loss_of)(state.weights)
    length = jnp.sqrt(sum(jnp.sum(slope ** 2) for slope in jax.tree.leaves(slopes)))
    slopes = jax.tree.map(lambda slope: slope / jnp.maximum(1.0, length), slopes)
    count = state.count + 1
    first = jax.tree.map(lambda mean, slope: 0.9 * mean + 0.1 * slope, state.first_moments, slopes)
    second = jax.tree.map(lambda mean, slope: 0.999 * mean + 0.001 * slope ** 2, state.second_moments, slopes)
    rate = learning_rate * jnp.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count)
    weights = jax.tree.map(lambda weight, mean, square: weight - rate * mean / (jnp.sqrt(square) + 1e-8),
                           state.weights, first, second)
    return State(weights, first, second, count), loss


@functools.partial(jax.jit, static_argnames="level_count")
def _predict(weights, windows, sides, last, level_count):
    return forward(weights, windows, sides, last, level_count)


def predict(weights, windows, sides, last, levels):
    return _predict(weights, windows, sides, last, len(levels))


def predict_all(weights, batch, batch_of, slots, levels):
    """Of any number of slots, in batches of one size, so that it is compiled once."""
    said = []
    for begin in range(0, len(slots), batch):
        part = slots[begin:begin + batch]
        padded = np.concatenate([part, np.repeat(part[-1:], batch - len(part))])
        said.append(np.asarray(predict(weights, *batch_of(padded), levels))[:len(part)])
    return np.concatenate(said)
