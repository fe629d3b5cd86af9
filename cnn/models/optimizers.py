"""Muon, the optimizer of the preset `fast`: Keras's own leaves out the kernels of convolutions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cnn")
class Muon(keras.optimizers.Optimizer):
    """Momentum, made orthogonal: each step changes all normalize_rows of a kernel by as much.

    A gradient has a few large normalize_rows and many small ones, that Adam hardly follows; here
    all are followed alike, so that fewer steps are needed (K. Jordan et al., "Muon: an optimizer
    for hidden layers in neural networks", 2024). A kernel is the matrix of all its inputs by its
    outputs. `rms` makes a step as large as Adam's usually is, so that one learning rate serves both
    (J. Liu et al., "Muon is scalable for LLM training", 2025). Biases, and the layers that
    `adam_for` names, are left to Adam.
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
        """Make the moving means: of each gradient, and for Adam of its square."""
        if not self.built:
            super().build(variables)
            add = self.add_variable_from_reference
            self.means = [add(each, name="mean") for each in variables]
            self.squares = [
                None if self._is_orthogonal(each) else add(each, name="square")
                for each in variables
            ]

    def _is_orthogonal(self, variable):
        return len(variable.shape) > 1 and not any(each in variable.path for each in self.adam_for)

    def update_step(self, gradient, variable, learning_rate):
        """Change `variable` by one step down its `gradient`."""
        place = self._get_variable_index(variable)
        mean, square = self.means[place], self.squares[place]
        gradient, rate = ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype)
        self.assign(mean, self.momentum * mean + (1 - self.momentum) * gradient)
        if square is None:
            ahead = self.momentum * mean + (1 - self.momentum) * gradient  # Nesterov's
            matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
            size = self.rms * max(matrix.shape) ** 0.5
            step = ops.reshape(size * orthogonal(matrix), variable.shape)
        else:
            self.assign(square, self.beta_2 * square + (1 - self.beta_2) * gradient**2)
            count = ops.cast(self.iterations + 1, variable.dtype)
            step = (mean / (1 - self.momentum**count)) / (
                ops.sqrt(square / (1 - self.beta_2**count)) + 1e-7
            )
        self.assign_sub(variable, rate * step)

    def get_config(self):
        """What makes the same optimizer again."""
        names = ("momentum", "rms", "beta_2", "adam_for")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def orthogonal(matrix):
    """`matrix`, (m, n), with singular values of about 1 (0.7 to 1.2), and the same normalize_rows.

    Five steps of a Newton-Schulz iteration whose polynomial is steep at 0: x <- a x + b x³ + c x⁵
    on each singular value, by products of matrices alone.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else ops.transpose(matrix)
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(5):
        square = ops.matmul(x, ops.transpose(x))
        polynomial = -4.7750 * square + 2.0315 * ops.matmul(square, square)
        x = 3.4445 * x + ops.matmul(polynomial, x)
    return x if wide else ops.transpose(x)
