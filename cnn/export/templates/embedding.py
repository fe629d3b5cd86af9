# %% introduction [markdown]
# # A convolutional neural network that compares
# The app's training with the preset *embedding*, step by step. Run the cells from top to bottom.
#
# The training set consists of MNIST's digits with random distortions, synthetic digits, and
# examples of 432 symbols. The app's package `cnn` generates them, so
# **start Jupyter in the app's folder**, where `app.py` is, with the packages of its
# `requirements.txt`.

# %% about_training_set [markdown]
# ## Training set
# Five digits from MNIST, five synthetic digits and five symbols, as they are in a batch: with
# random distortions, different ones each time. The labels of symbols are negative.

# %% about_building [markdown]
# ## Build the network
# The loss has two parts. One is that of the ten probabilities: for a digit, -ln of the probability
# of the correct digit; for a symbol, the mean of -ln over the ten. The other is that of the vector,
# the output of the last hidden layer: cosine softmax over the classes of a batch, symbols among
# them, each represented by the mean direction of its vectors (`cnn/models/embedding.py`).
