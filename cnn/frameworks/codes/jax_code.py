"""JAX: functions of the weights; `grad` differentiates them."""

import jax
import jax.numpy as jnp
import optax


def pool(x, pooling):
    start, combine = (0.0, jax.lax.add)
    if pooling == "max":
        start, combine = (-jnp.inf, jax.lax.max)
    window = (1, 2, 2, 1)  # and strides
    pooled = jax.lax.reduce_window(
        x, start, combine, window, window, "VALID"
    )
    return pooled / 4 if pooling == "average" else pooled


def convolve(x, kernel):
    # Of images, kernels and results; I, O: inputs, outputs
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), "VALID", dimension_numbers=layout
    )


def build(pooling, weights):
    def logits(weights, images):  # (n, 28, 28, 1)
        k1, b1, k2, b2, k3, b3, w4, b4, w5, b5 = weights
        x = pool(jax.nn.relu(convolve(images, k1) + b1), pooling)
        x = pool(jax.nn.relu(convolve(x, k2) + b2), pooling)
        x = jax.nn.relu(convolve(x, k3) + b3)
        x = x.reshape(-1, 3 * 3 * 64)
        x = jax.nn.relu(x @ w4 + b4)
        # No softmax: the loss has it.
        return x @ w5 + b5

    return {
        "weights": [jnp.asarray(array) for array in weights],
        "logits": logits,
    }


def loss(logits, labels):
    cross_entropy = (
        optax.softmax_cross_entropy_with_integer_labels
    )
    return cross_entropy(logits, labels).mean()


def train(network, rate):
    optimizer = optax.sgd(rate, momentum=0.9)
    state = optimizer.init(network["weights"])

    @jax.jit  # compiles the step
    def update(weights, state, images, labels):
        def loss_of(weights):
            logits = network["logits"](weights, images)
            return loss(logits, labels)

        value, gradients = jax.value_and_grad(loss_of)(weights)
        changes, state = optimizer.update(gradients, state)
        return optax.apply_updates(weights, changes), state, value

    def step(images, labels):
        nonlocal state
        network["weights"], state, value = update(
            network["weights"], state, images, labels
        )
        return float(value)

    return step


def predict(network, images):
    logits = network["logits"](network["weights"], images)
    return jax.nn.softmax(logits)
