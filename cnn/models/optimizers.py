"""Muon, the optimizer of the preset `fast`; Keras's own Muon skips convolution kernels."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cnn")
class Muon(keras.optimizers.Optimizer):
    """Momentum with orthogonalised updates, which change a kernel equally in all directions.

    A gradient has a few large singular values and many small ones; making them equal needs fewer
    steps (K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024). A
    kernel is reshaped to a matrix (inputs, outputs). `rms` scales updates to the usual size of
    Adam's, so that one learning rate serves both (J. Liu et al., "Muon is scalable for LLM
    training", 2025). Adam updates biases, and the layers named in `adam_for`.
    """

    def __init__(
        self,
        learning_rate=0.006,
        momentum=0.9,
        rms=0.2,
        beta_2=0.999,
        adam_for=("dense_2",),
        name="muon",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum, self.rms, self.beta_2, self.adam_for = momentum, rms, beta_2, adam_for

    def build(self, variables):
        """Create the moving means of each gradient and, for Adam, of its square."""
        if not self.built:
            super().build(variables)
            add = self.add_variable_from_reference
            self.means = [add(each, name="mean") for each in variables]
            self.squares = [
                None if self._is_orthogonal(each) else add(each, name="square")
                for each in variables
            ]

    def _is_orthogonal(self, variable):
        return len(variable.shape) > 1 and set(variable.path.split("/")).isdisjoint(self.adam_for)

    def update_step(self, gradient, variable, learning_rate):
        """Update `variable` by one step against its `gradient`."""
        index = self._get_variable_index(variable)
        mean, square = self.means[index], self.squares[index]
        gradient, rate = ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype)
        self.assign(mean, self.momentum * mean + (1 - self.momentum) * gradient)
        if square is None:
            nesterov = self.momentum * mean + (1 - self.momentum) * gradient
            matrix = ops.reshape(nesterov, (-1, variable.shape[-1]))
            size = self.rms * max(matrix.shape) ** 0.5
            step = ops.reshape(size * orthogonalize(matrix), variable.shape)
        else:
            self.assign(square, self.beta_2 * square + (1 - self.beta_2) * gradient**2)
            count = ops.cast(self.iterations + 1, variable.dtype)
            step = (mean / (1 - self.momentum**count)) / (
                ops.sqrt(square / (1 - self.beta_2**count)) + 1e-7
            )
        self.assign_sub(variable, rate * step)

    def get_config(self):
        """Return the arguments that recreate the optimizer."""
        names = ("momentum", "rms", "beta_2", "adam_for")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def orthogonalize(matrix):
    """Return `matrix` (m, n) with the same singular vectors and singular values of 0.7 to 1.2.

    Five Newton-Schulz steps: x <- a x + b x³ + c x⁵ on each singular value, by matrix products.
    """
    # The square is taken on the matrix's smaller side, so that nothing is moved in memory:
    # TensorFlow folds a transpose into the product that it belongs to.
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix / (ops.norm(matrix) + 1e-7)
    for _ in range(5):
        square = ops.matmul(x, ops.transpose(x)) if wide else ops.matmul(ops.transpose(x), x)
        polynomial = -4.7750 * square + 2.0315 * ops.matmul(square, square)
        x = 3.4445 * x + (ops.matmul(polynomial, x) if wide else ops.matmul(x, polynomial))
    return x
