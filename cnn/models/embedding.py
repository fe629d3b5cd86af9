"""Training for comparison: vectors of one class lie close, those of different classes far apart.

The vector of an image is the output of the last hidden layer. Each image of a batch is compared
with the mean vector of every class in the batch, as a new drawing is with the symbols on Recognise
(Snell, Swersky and Zemel, "Prototypical networks for few-shot learning", 2017), by cosine
softmax as in the recognition of faces (Wang et al., "CosFace", 2018). Only Keras 3.
"""

import keras
from keras import ops

from cnn.models.losses import digit_loss

SCALE = 16.0  # of the cosines: the softmax of -1 to 1 alone could not come near 0 and 1
MARGIN = 0.1  # by which the own class must be closer than another
NO_CLASS = -1  # the label of an image that is like no other


def comparison_model(network: keras.Sequential):
    """Return `with_vectors(network)` and its loss, with which it is trained for comparison."""
    return with_vectors(network), embedding_loss(network.output_shape[-1])


def with_vectors(network: keras.Model) -> keras.Model:
    """Return a model on the layers of `network` that outputs probabilities and vectors.

    (n, 28, 28, 1) -> (n, classes + units): the probabilities, then the output of the last hidden
    layer. The weights are the same, in the same order.
    """
    join = keras.layers.Concatenate(dtype="float32", name="probabilities_and_vector")
    return keras.Model(
        network.inputs[0], join([network.layers[-1].output, network.layers[-2].output])
    )


def embedding_loss(classes: int):
    """Return the loss of `with_vectors`: that of the digits plus that of the vectors.

    For Keras: labels (n,) int, negative for symbols and non-digits, and outputs
    (n, classes + units) -> (n,) float32.
    """

    def loss(y_true, y_pred):
        labels = ops.reshape(y_true, (-1,))
        vectors = prototype_loss(labels, y_pred[:, classes:])
        return digit_loss(labels, y_pred[:, :classes]) + vectors

    return loss


def prototype_loss(labels, vectors):
    """Cosine softmax over the classes of a batch: (n,) int, (n, d) -> (n,) float32.

    The prototype of a class is the mean of its vectors, each of length 1; that of an image's own
    class is the mean of the others. The loss is -ln of the softmax of SCALE · cosine at the own
    class, whose cosine is reduced by MARGIN; 0 for an image without another of its class.
    """
    vectors = vectors / ops.sqrt(ops.sum(ops.square(vectors), -1, keepdims=True) + 1e-12)
    itself = ops.eye(ops.shape(labels)[0], dtype="bool")
    alike = ops.expand_dims(labels, 0) == ops.expand_dims(labels, 1)
    alike = alike & ops.expand_dims(labels != NO_CLASS, 0) & ~itself
    same = ops.cast(alike, vectors.dtype)
    own_count = ops.sum(same, -1)  # of others of the same class
    to_class = _cosines(vectors, ops.matmul(same, vectors) + vectors)  # of i to the class of j
    to_own = _cosine(vectors, ops.matmul(same, vectors)) - MARGIN
    # A class of k images counts once: each of them a kth, as a term of the logarithm.
    logits = SCALE * to_class - ops.log(own_count + 1)
    logits = ops.where(alike | itself, -1e9, logits)
    own = SCALE * to_own
    total = ops.logaddexp(ops.logsumexp(logits, -1), own)
    return ops.where(own_count > 0, total - own, 0.0)


def _cosines(vectors, sums):
    """(n, d) of length 1 and (m, d) -> (n, m) cosines."""
    lengths = ops.sqrt(ops.sum(ops.square(sums), -1) + 1e-12)
    return ops.matmul(vectors, ops.transpose(sums)) / ops.expand_dims(lengths, 0)


def _cosine(vectors, sums):
    """(n, d) of length 1 and (n, d) -> (n,) cosines, row by row."""
    lengths = ops.sqrt(ops.sum(ops.square(sums), -1) + 1e-12)
    return ops.sum(vectors * sums, -1) / lengths
