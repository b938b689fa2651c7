"""Recurrent layers of either library with the same weights: outputs, last states, all gradients."""

from itertools import product

import numpy as np

FORMS = {
    "one layer": {},
    "two layers in both directions": {"num_layers": 2, "bidirectional": True},
    "the batch first, no biases": {"batch_first": True, "bias": False},
    "two layers in both directions, the batch first": {"num_layers": 2, "batch_first": True, "bidirectional": True},
}
PACKINGS = ("padded", "packed", "packed anew")
RECURRENT = {
    f"{kind}, {form}, {packing}": (kind, form, packing)
    for kind, form, packing in product(("RNN", "GRU", "LSTM"), FORMS, PACKINGS)
}
TIME, BATCH, FEATURES, HIDDEN = 6, 4, 5, 7


def run_recurrent(library, utils, name):
    """`utils`: what nn.utils.rnn has."""
    kind, form, packing = RECURRENT[name]
    options = FORMS[form]
    rng = np.random.default_rng(len(name))

    def numbers(*shape):
        return library.from_numpy(rng.standard_normal(shape).astype(np.float32))

    layer = getattr(library.nn, kind)(FEATURES, HIDDEN, **options)
    with library.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(numbers(*parameter.shape) * 0.3)
    batch_first = options.get("batch_first", False)
    x = numbers(BATCH, TIME, FEATURES) if batch_first else numbers(TIME, BATCH, FEATURES)
    rows = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    states = [numbers(rows, BATCH, HIDDEN) for _ in range(2 if kind == "LSTM" else 1)]
    for leaf in (x, *states):
        leaf.requires_grad_(True)
    given, answers = x, {}
    if packing == "packed":
        given = utils.pack_padded_sequence(x, [6, 4, 4, 1], batch_first=batch_first)
    elif packing == "packed anew":
        lengths = library.tensor([3, 6, 1, 4])
        packed = utils.pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=False)
        given = utils.PackedSequence(packed.data * 2.0, packed.batch_sizes, packed.sorted_indices)
    y, last = layer(given, tuple(states) if kind == "LSTM" else states[0])
    if packing != "padded":
        answers |= {"data": y.data, "batch_sizes": y.batch_sizes}
        longer = 8 if packing == "packed" else None
        y, answers["lengths"] = utils.pad_packed_sequence(y, batch_first, padding_value=-3.0, total_length=longer)
    last = last if kind == "LSTM" else (last,)
    answers |= {"y": y, **{f"last {i}": state for i, state in enumerate(last)}}
    ((y * y).sum() + sum((state * state * state).sum() for state in last)).backward()
    answers |= {"dx": x.grad, **{f"dfirst {i}": state.grad for i, state in enumerate(states)}}
    answers |= {name: parameter.grad for name, parameter in layer.named_parameters()}
    return {key: value.detach().numpy() for key, value in answers.items()}
