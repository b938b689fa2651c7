"""Where Keras' conventions differ from PyTorch's, which `mushin.nn` and `mushin.optim` follow. This is the only list;
tests/keras/test_conventions.py has a test for each of its lines."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """What PyTorch does, what Keras does, and what `mushin.keras` does where that is not what Keras does."""

    pytorch: str
    keras: str
    here: str = ""


CONVENTIONS = {
    # --- layers and models
    "shapes": Difference(
        "a layer is told its input's width",
        "a model has shapes (None, ...), whose first axis is the batch, and takes such a shape to be built",
    ),
    "samples that are reshaped": Difference(
        "never",
        "to a declared shape with one axis of length 1 more or less",
        "to a declared shape with as many elements",
    ),
    "training mode": Difference(
        "a module is made in training mode and stays in the mode it was put in",
        "a layer or model that is called evaluates, unless it is told training=True",
    ),
    "graph of a call": Difference(
        "the outputs are in the graph if a parameter requires its gradient",
        "the outputs are in the graph of a GradientTape that is open, and else in none",
        "the outputs are in the graph if the call is told training=True, and else in none",
    ),
    "Dense: kernel": Difference(
        "weight of shape (out, in)",
        "kernel of shape (in, out)",
        "get_weights and set_weights have (in, out); the variables are nn's parameters, (out, in)",
    ),
    "Dense: first kernel": Difference("uniform in +-1 / sqrt(in)", "uniform in +-sqrt(6 / (in + out))"),
    "Dense: first bias": Difference("uniform in +-1 / sqrt(in)", "zero"),
    "Dropout: rate": Difference("0.5 unless said otherwise", "must be said"),
    "frozen variables": Difference(
        "requires_grad of a parameter; the next backward heeds it",
        "trainable of a layer or model; heeded once the model is compiled again",
        "trainable of a layer or model; the next step heeds it",
    ),
    "a model that is frozen as a whole": Difference(
        "backward is an error", "fit trains nothing and warns", "fit is an error"
    ),
    "files of weights": Difference(
        "torch.save writes a pickle",
        "save_weights writes HDF5, to a path that ends in .weights.h5",
        "save_weights writes what io.save_state does of the model's body, to a path that ends in .safetensors",
    ),
    # --- losses and metrics
    "cross-entropy: outputs": Difference(
        "logits", "probabilities, kept between 1e-7 and 1 - 1e-7, unless from_logits; rows are divided by their sum"
    ),
    "cross-entropy: classes": Difference("the second axis", "the last axis"),
    "cross-entropy: ids": Difference(
        "class -100 is ignored, a column (n, 1) is an error", "no class is ignored, ids may be a column (n, 1)"
    ),
    "mean squared error: targets": Difference(
        "must have the outputs' shape",
        "a last axis of length 1 may be missing or too many; others are broadcast",
        "a last axis of length 1 may be missing or too many; others are an error",
    ),
    "one-hot rows: ids": Difference("integers", "numbers, whose fractions are cut off", "whole numbers"),
    # --- optimizers
    "SGD: learning rate": Difference("0.001 unless said otherwise", "0.01 unless said otherwise"),
    "SGD: velocity": Difference(
        "sums gradients; the learning rate is outside, so that a new one changes the next step as a whole",
        "sums steps; the learning rate is inside, so that a new one changes only what is added",
    ),
    "SGD: nesterov without momentum": Difference("an error", "changes nothing"),
    "weight decay": Difference(
        "SGD and Adam add it to the gradient, AdamW takes it from the weight",
        "every optimizer takes it from the weight, in units of the learning rate",
    ),
    "AdamW: weight decay": Difference("0.01 unless said otherwise", "0.004 unless said otherwise"),
    "Adam: place of epsilon": Difference(
        "beside the root of the corrected mean square", "beside the root of the uncorrected mean square"
    ),
    "RMSprop and Adagrad: place of epsilon": Difference("beside the root", "below the root"),
    "RMSprop: momentum": Difference(
        "sums directions; the learning rate is outside", "sums steps; the learning rate is inside"
    ),
    "Adagrad: first sums": Difference("0 unless said otherwise", "0.1 unless said otherwise"),
    "Adamax: place of epsilon": Difference("is added to each gradient's size", "is added to the largest size"),
    "NAdam: growth of momentum": Difference(
        "with 0.96^(t momentum_decay), momentum_decay 0.004 unless said otherwise", "with 0.96^t"
    ),
    "Adafactor: epsilon": Difference(
        "is the smallest mean of rows, and its square the smallest mean square", "is added to squared gradients"
    ),
    "learning rates that change": Difference(
        "scheduler.step() sets them, when it is called", "the optimizer is made with a schedule and asks it"
    ),
    "accumulated gradients": Difference(
        "are the sum of several calls of backward",
        "are an optimizer's option: their mean is the gradient of every so many-th step",
    ),
    "Adam: epsilon": Difference("1e-8 unless said otherwise", "1e-7 unless said otherwise"),
    "Adam: count of steps": Difference(
        "each parameter's own: a step without its gradient is not counted",
        "one for all: a step without a variable's gradient is counted",
        "each parameter's own",
    ),
    "clipping": Difference(
        "a function's; by the norm of all gradients, which gets 1e-6 added, or by value",
        "an optimizer's option; by each gradient's norm, by the norm of all, with nothing added, or by value",
    ),
    "clipping: several limits": Difference(
        "are applied one after the other",
        "are an error when the optimizer is made; if set later, clipnorm goes before global_clipnorm before clipvalue",
        "are an error",
    ),
    "hyperparameters that are set later": Difference(
        "are used by the next step",
        "are used once the model is compiled again, learning_rate by the next step; momentum and amsgrad cannot be "
        "turned on",
        "are used by the next step",
    ),
    "attributes that an optimizer has not": Difference(
        "are kept and not read", "are kept and not read", "are an error unless they begin with an underscore"
    ),
    "parameters that come later": Difference(
        "are a new group", "are an error", "keep the others' states if the optimizer knows any of the model's"
    ),
}
