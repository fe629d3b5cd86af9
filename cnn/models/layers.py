"""SumPooling2D, the pooling layer that Keras lacks; `cnn.models.network.POOLING_LAYERS` lists all.

`cnn.arithmetic.pooling.pool_sum` is the same computation in NumPy.
"""

from keras import ops, saving
from keras.layers import AveragePooling2D


@saving.register_keras_serializable(package="cnn")
class SumPooling2D(AveragePooling2D):
    """Sum pooling: out[i, j] = sum of x[i*s + m, j*s + n] over the m, n of the window.

    Same arguments and output shapes as Keras's pooling layers (`pool_size`, `strides`, `padding`,
    `data_format`): (batch, h, w, channels) -> (batch, h', w', channels), or channels first. With
    `padding="same"`, cells outside the input count as 0.

    Without padding, the sum is pool height · pool width · average, and every backend has a fast
    kernel for average pooling. Keras's average ignores padding, so zeros are added explicitly.
    """

    def call(self, inputs):
        """Pool `inputs`, (batch, h, w, channels) or channels first; same dtype out."""
        # Few processors have pooling kernels for channels first; a transpose always works.
        channels_first = self.data_format == "channels_first"
        x = ops.transpose(inputs, (0, 2, 3, 1)) if channels_first else inputs
        if self.padding == "same":
            sides = zip(ops.shape(x)[1:3], self.pool_size, self.strides, strict=True)
            x = ops.pad(x, [(0, 0), *(same_padding(*side) for side in sides), (0, 0)])
        cells = self.pool_size[0] * self.pool_size[1]
        x = ops.average_pool(x, self.pool_size, self.strides, "valid", "channels_last") * cells
        return ops.transpose(x, (0, 3, 1, 2)) if channels_first else x


def same_padding(length, pool, stride):
    """Return the zeros before and after a side of `length` cells, as TensorFlow pads for "same"."""
    windows = (length + stride - 1) // stride
    missing = (windows - 1) * stride + pool - length
    missing = max(missing, 0) if isinstance(missing, int) else ops.maximum(missing, 0)
    return missing // 2, missing - missing // 2
