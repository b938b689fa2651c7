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
    "Dense: values of the kernel": Difference(
        "layer.weight.detach().numpy()",
        "layer.kernel.numpy(), a copy",
        "layer.kernel.detach().numpy(), as kernel and bias are in the graph; layer.get_weights() copies",
    ),
    "Dense: first kernel": Difference("uniform in +-1 / sqrt(in)", "uniform in +-sqrt(6 / (in + out))"),
    "Dense: first bias": Difference("uniform in +-1 / sqrt(in)", "zero"),
    "Embedding: first vectors": Difference(
        "normal with deviation 1; the row of padding_idx is zero", "uniform in +-0.05 unless said otherwise"
    ),
    "Embedding: padding": Difference(
        "padding_idx: a row that gets no gradient",
        "mask_zero: the layers that follow leave out the ids that are 0",
        "mask_zero: compute_mask tells which ids are not 0",
    ),
    "Embedding: ids": Difference(
        "integers",
        "numbers, whose fractions are cut off; data of a model come as float32 unless its Input has another dtype",
        "numbers, whose fractions are cut off; data of a Sequential that begins with it come as integers",
    ),
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
    "files of models": Difference(
        "none: a script makes the model",
        "save writes a zip with JSON and HDF5, to a path that ends in .keras; a Lambda's function is in it",
        "save writes one safetensors file with JSON in its header; a Lambda is saved without its function, not loaded",
    ),
    "variables of a layer": Difference(
        "parameters in a state_dict",
        "variables with values that are assigned, in Keras' layout",
        "tensors, in nn's layout; get_weights, set_weights, regularizers and constraints have Keras'",
    ),
    "LayerNorm: epsilon": Difference("1e-5 unless said otherwise", "1e-3 unless said otherwise"),
    "RMSNorm: epsilon": Difference("the distance from 1 to the next number unless said otherwise", "1e-6"),
    "GroupNorm: epsilon": Difference("1e-5 unless said otherwise", "1e-3 unless said otherwise"),
    "BatchNorm: epsilon": Difference("1e-5 unless said otherwise", "1e-3 unless said otherwise"),
    "BatchNorm: momentum": Difference(
        "the batch's share of the new running statistics, 0.1 unless said otherwise; None for the mean of all",
        "the old ones' share of the new moving statistics, 0.99 unless said otherwise",
    ),
    "BatchNorm: variance that is kept": Difference("divided by n - 1; one row is an error", "divided by n"),
    "BatchNorm: axis": Difference("the second axis", "the last one unless said otherwise"),
    "BatchNorm: frozen": Difference(
        "requires_grad leaves the statistics alone: eval() is what makes it use the running ones",
        "a layer that is not trainable uses the moving statistics, in training too",
    ),
    "PReLU: alpha": Difference("one for all, or one for each channel; 0.25", "one for each element of a sample; 0"),
    "leaky ReLU: slope": Difference(
        "0.01 unless said otherwise", "the layer's is 0.3, the function's 0.2 unless said otherwise"
    ),
    "softmax: axis": Difference("must be said", "the last one unless said otherwise"),
    "shape of an output": Difference(
        "is known when there is one",
        "compute_output_shape says it, or call is traced with tensors without values",
        "compute_output_shape says it, or call is run on zeros; keras.ops alone take tensors without values",
    ),
    "seed of a layer": Difference(
        "none: the generator's",
        "Dropout and the like take a seed",
    ),
    "LSTM: biases": Difference(
        "two, of the input's product and of the state's; uniform in +-1 / sqrt(hidden_size)",
        "one, of zeros, but of ones for the forget gate",
    ),
    "GRU: blocks": Difference("r, z, n", "z, r, n"),
    "GRU: biases": Difference(
        "bias_ih and bias_hh; the reset gate comes after the product with the state",
        "one of two rows; one row if reset_after is False, where the reset gate comes before the product",
    ),
    "recurrent layers: kernels": Difference(
        "weight_ih and weight_hh of shapes (blocks of units, in), uniform in +-1 / sqrt(hidden_size)",
        "kernel and recurrent_kernel of shapes (in, blocks of units), Glorot-uniform and orthogonal",
        "get_weights and set_weights have Keras' shapes; the variables are as nn's, (blocks of units, in)",
    ),
    "recurrent layers: first axis": Difference("time, unless batch_first", "the batch"),
    "recurrent layers: outputs": Difference(
        "those of all steps and the last states",
        "that of the last step, unless return_sequences; the last states if return_state",
    ),
    "recurrent layers: steps that are no steps": Difference(
        "are left out of a PackedSequence; outputs there are 0",
        "are False in the mask; outputs there are those before, 0 at the beginning",
    ),
    "recurrent layers: going back": Difference(
        "outputs of the reverse direction stand at their steps",
        "outputs of go_backwards come in the order in which they were taken; Bidirectional puts them at their steps",
    ),
    "recurrent layers: dropout": Difference(
        "of outputs between layers, drawn for every step",
        "of inputs, and by recurrent_dropout of states; drawn once for all steps; one mask for each gate with "
        "recurrent_dropout, else one for all; rates are cut to [0, 1]",
        "the same; rates outside of [0, 1) are an error",
    ),
    "stateful layers": Difference(
        "no such thing: the caller hands states on",
        "keep states from batch to batch; Input must say the batch's size",
        "keep states from batch to batch; the first batch says the size",
    ),
    "masks that end": Difference(
        "no such thing",
        "a layer that does not support masking warns, also if its call takes the mask",
        "a layer that does not support masking warns, unless its call takes the mask",
    ),
    "BatchNormalization: masks": Difference(
        "no such thing", "leave hidden steps out of the statistics", "change nothing but what comes behind"
    ),
    "TimeDistributed: batch statistics": Difference(
        "no such thing",
        "calls the layer step by step: batch statistics are those of a step",
        "calls the layer once with all steps: batch statistics are those of all",
    ),
    # --- losses and metrics
    "cross-entropy: outputs": Difference(
        "logits", "probabilities, kept between 1e-7 and 1 - 1e-7, unless from_logits; rows are divided by their sum"
    ),
    "cross-entropy: classes": Difference("the second axis", "the last axis"),
    "cross-entropy: ids": Difference(
        "class -100 is ignored, a column (n, 1) is an error", "no class is ignored, ids may be a column (n, 1)"
    ),
    "cross-entropy: mean of nothing": Difference("NaN if every row is ignored", "0 if every row is ignored"),
    "CTC: outputs and mean": Difference(
        "logarithms of probabilities, (time, batch, classes); the mean of losses divided by their numbers of labels",
        "logits, (batch, steps, classes), whose class 0 is the blank and pads the labels; the mean of the losses",
    ),
    "binary cross-entropy: outputs": Difference(
        "probabilities in [0, 1], whose logarithms are at least -100; NaN outside",
        "probabilities, kept between 1e-7 and 1 - 1e-7, unless from_logits",
    ),
    "weights of losses": Difference(
        "weights of classes; the mean of a cross-entropy is divided by the sum of the targets' weights",
        "sample_weight; the mean is divided by the number of losses, unless it is mean_with_sample_weight",
    ),
    "sample_weight: shape": Difference(
        "there is none",
        "that of the losses, or one that broadcasts to them from the right",
        "that of the losses, or of their first axes: (n,) is one weight a sample",
    ),
    "IoU and MeanIoU and OneHotIoU and OneHotMeanIoU: weights": Difference(
        "no such thing",
        "are cut to whole numbers unless a dtype is given",
        "are taken as they are",
    ),
    "sample_weight: of samples whose steps have a mask": Difference(
        "there is none",
        "weights of samples (n,) are an error, (n, 1) are not",
        "weights of samples are (n,) or (n, 1)",
    ),
    "hinge: labels": Difference(
        "1 and -1",
        "1 and -1; if all are 0 or 1, 0 stands for -1",
        "1 and -1; every 0 stands for -1",
    ),
    "mean squared error: targets": Difference(
        "must have the outputs' shape",
        "a last axis of length 1 may be missing or too many; others are broadcast",
        "a last axis of length 1 may be missing or too many; others are an error",
    ),
    "one-hot rows: ids": Difference("integers", "numbers, whose fractions are cut off", "whole numbers"),
    "losses of several outputs": Difference(
        "no such thing",
        "the logged loss of one output is the mean of its batches' losses, whatever their sizes (on TensorFlow)",
        "each batch's loss counts by its samples",
    ),
    "scores of train_on_batch": Difference(
        "no such thing", "of all batches since the last fit or evaluate", "of this batch"
    ),
    "equal largest outputs": Difference(
        "the first is the largest", "F scores take all of them for positive", "the first is the largest"
    ),
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
