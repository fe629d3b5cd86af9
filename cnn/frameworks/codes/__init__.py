"""The notebook's network in four frameworks, a file each.

All have, and the page Frameworks shows them as they are:

    build(pooling, weights)   a network with Keras's arrays
    predict(network, images)  probabilities, (n, 10)
    loss(...)                 mean cross-entropy of a batch
    train(network, rate)      a function that takes a step

Each imports its framework at its top; `process` imports one of
them. The optimizer is gradient descent with momentum, as Adam
would turn gradients that are all rounding into full steps, and
the frameworks would part after a few.
"""
