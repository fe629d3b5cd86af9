"""SumPooling2D, the pooling layer that Keras does not have."""

import keras
from keras import ops
from keras.layers import AveragePooling2D


@keras.saving.register_keras_serializable(package="cnn")
class SumPooling2D(AveragePooling2D):
    """Adds up each window: out[i, j] = sum of x[i*s + m, j*s + n] over the window's m, n.

    Takes what Keras's own pooling layers take (`pool_size`, `strides`, `padding`, `data_format`)
    and has their output shapes: (batch, h, w, channels) -> (batch, h', w', channels), or with the
    channels first. With `padding="same"` the cells beyond the edge count as 0.

    Without padding, sum = pool height · pool width · average; so the layer is Keras's average,
    which every backend has a fast kernel for, times the number of cells. With padding, that holds
    once the zeros are really there, since Keras's average leaves cells beyond the edge out.
    """

    def call(self, inputs):
        """Pool `inputs`, (batch, h, w, channels) or channels first; same dtype out."""
        # Few processors have pooling kernels for channels in front; a transpose is always right.
        first = self.data_format == "channels_first"
        x = ops.transpose(inputs, (0, 2, 3, 1)) if first else inputs
        if self.padding == "same":
            x = self._padded(x)
        cells = self.pool_size[0] * self.pool_size[1]
        x = ops.average_pool(x, self.pool_size, self.strides, "valid", "channels_last") * cells
        return ops.transpose(x, (0, 3, 1, 2)) if first else x

    def _padded(self, x):
        """Zeros around (batch, h, w, channels), as many as TensorFlow's "same" asks for."""
        height, width = ops.shape(x)[1:3]
        sides = [
            self._padding(size, pool, stride)
            for size, pool, stride in zip(
                (height, width), self.pool_size, self.strides, strict=True
            )
        ]
        return ops.pad(x, [(0, 0), *sides, (0, 0)])

    @staticmethod
    def _padding(size, pool, stride):
        """Zeros before and after one side of length `size`, so that ceil(size / stride) fit."""
        windows = (size + stride - 1) // stride
        missing = (windows - 1) * stride + pool - size
        missing = ops.maximum(missing, 0) if not isinstance(missing, int) else max(missing, 0)
        return missing // 2, missing - missing // 2
