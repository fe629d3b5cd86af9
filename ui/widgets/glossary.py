"""The technical terms on the pages, each explained in one sentence, the same everywhere."""

GLOSSARY = {
    "accuracy": "The share of predictions that are correct.",
    "activation": "The value that a unit of a layer outputs for one input.",
    "average pooling": "Replaces each window of a feature map by the mean of its values.",
    "backend": "The framework that computes for Keras: TensorFlow, PyTorch or JAX. The network and "
    "its first weights are the same with each.",
    "batch normalization": "Shifts and scales each channel to mean 0 and variance 1 over the "
    "batch, then by two trained numbers.",
    "batch size": "How many images the network processes before each update of its weights.",
    "bias": "A number that is added to a weighted sum, one per unit or feature map.",
    "calibration": "A network is calibrated if, of all predictions with a confidence of 90 %, 90 % "
    "are correct.",
    "channel": "One of the maps that a layer takes as input; a grey image has one.",
    "confidence": "The probability of the predicted class.",
    "confusion matrix": "A table that counts, for each true class, how often each class was "
    "predicted.",
    "convolution": "Slides a kernel over its input and outputs, at each position, the sum of the "
    "products of weights and values, plus a bias.",
    "cosine distance": "1 minus the cosine of the angle between two vectors: 0 if they point "
    "in the same direction, 1 if they are at right angles.",
    "cosine similarity": "The cosine of the angle between two vectors: 1 if they point in the same "
    "direction.",
    "cross-entropy": "The loss of a classifier: minus the natural logarithm of the probability "
    "predicted for the correct class.",
    "data augmentation": "Random changes of the training images (shift, rotation, scaling), so "
    "that the network sees more variation.",
    "dense layer": "Each unit computes a weighted sum of all values of the previous layer, plus a "
    "bias.",
    "dropout": "Sets a random share of the values to 0 in each training step, so that the network "
    "does not depend on single ones and overfits less.",
    "epoch": "One pass over all training images.",
    "F1": "The harmonic mean of precision and recall: low if either is low.",
    "false accept": "Something else that is taken for one of the known symbols, or persons.",
    "false reject": "A known symbol, or person, that is not recognised.",
    "feature map": "The output of one kernel of a convolution at all positions.",
    "fine-tuning": "Training that starts from the weights of a trained network, with a small "
    "learning rate.",
    "flatten": "Turns the feature maps into one vector with the same values.",
    "global average pooling": "Replaces each feature map by its mean: one value per map.",
    "gradient": "The partial derivatives of the loss with respect to each parameter.",
    "held out": "Not used for training, so that the network can be validated or calibrated on it.",
    "image pyramid": "The same image in several sizes, so that a window of one size fits objects "
    "of any size.",
    "inactive map": "A feature map that is 0 everywhere for all test images.",
    "kernel": "The small grid of weights that a convolution slides over its input.",
    "learning rate": "How far each update moves the weights against the gradient.",
    "learning rate schedule": "How the learning rate changes during training: constant; cosine, "
    "which falls to 0 along half a cosine; or one-cycle, which rises first.",
    "logits": "The outputs of the last layer before softmax.",
    "loss": "The number that training makes smaller: how wrong the predicted probabilities are.",
    "max pooling": "Replaces each window of a feature map by its largest value.",
    "momentum": "Each update also continues in the direction of the updates before, as a ball "
    "that rolls.",
    "non-digit": "An image that is not a digit: a letter, a shape, a scribble.",
    "non-maximum suppression": "Of boxes that overlap much, only the most probable is kept.",
    "occlusion": "Measures the importance of a pixel: cover it and see how much the probability of "
    "the predicted class falls.",
    "optimizer": "The rule that turns gradients into updates of the weights, such as Adam.",
    "out of distribution": "Unlike anything in the training set, such as a scribble.",
    "overfitting": "The network fits its training images but predicts new ones less well.",
    "padding": "What is done at the edge: “valid” keeps windows inside the input, “same” pads it "
    "so that the output is as large as the input divided by the stride.",
    "parameters": "The weights and biases, which training adjusts.",
    "pooling": "Makes a feature map smaller: each window becomes one value, such as its maximum, "
    "average or sum.",
    "precision": "Of all images predicted as a class, the share that belong to it.",
    "principal component analysis": "PCA: finds the directions in which data vary most, to project "
    "many dimensions onto two.",
    "recall": "Of all images of a class, the share predicted as it.",
    "receptive field": "The part of the input image that a unit's value depends on.",
    "ReLU": "The activation function max(0, x): negative values become 0.",
    "seed": "The initial state of the random number generator; the same seed gives the same "
    "initial weights, order of the images and data augmentation.",
    "sliding window": "A window that is moved over an image; at each position, its part of the "
    "image is classified.",
    "ROC curve": "Receiver operating characteristic: the share recognised against the share "
    "falsely accepted, at each threshold.",
    "softmax": "Turns the outputs of the last layer into probabilities that sum to 1.",
    "stride": "How many cells a window moves from one position to the next.",
    "sum pooling": "Replaces each window of a feature map by the sum of its values.",
    "test set": "Images kept for the final evaluation, used neither for training nor for choosing "
    "settings.",
    "training set": "The images that the weights are fitted to.",
    "validation set": "Images the network is evaluated on after each epoch, to choose settings by.",
    "weight decay": "Each update also removes a small share of each weight, so that weights stay "
    "small.",
}

OF_DIGITS = {"non-digit"}  # terms for MNIST alone


def explain(*terms: str) -> str:
    """The explanations of `terms` as Markdown for a widget's `help`. Raises KeyError if unknown."""
    if len(terms) == 1:
        return GLOSSARY[terms[0]]
    return "  \n".join(f"**{term[0].upper()}{term[1:]}**: {GLOSSARY[term]}" for term in terms)
