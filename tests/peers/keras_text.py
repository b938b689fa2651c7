"""Keras' preparation of text, made by the same code of mushin and of the real Keras; needs nothing but NumPy."""

import json

import numpy as np

TEXTS = [
    "The cat sat on the mat, and the CAT was wet.",
    "É é: naïve cafés don't—won't close!",
    "a\tb\x0bc\x0cd\r\ne\x1ff\u00a0g\u2003h",
    "",
    "  ... [UNK] the_end $5 <b>bold</b> \\ ^ ` { | } ~ 'quoted'",
    "日本語 the the 日本語 ß",
    "cat",
]
NEW = ["the dog sat", "É [UNK] cat", "", "zebra the cafés a b c", "日本語"]
GRID = [["the", "cat", ""], ["cat", "cat", "dog"]]
TERMS = ["the", "cat", "the cat", "é"]

# name: (arguments, what it is adapted to or None, texts)
LAYERS = {
    "plain": ({}, TEXTS, NEW),
    **{f"standardize {kind}": ({"standardize": kind}, TEXTS, NEW) for kind in ("lower", "strip_punctuation", None)},
    "characters": ({"split": "character"}, TEXTS, NEW),
    "most tokens": ({"max_tokens": 7}, TEXTS, NEW),
    "a column": ({}, [[text] for text in TEXTS], [[text] for text in NEW]),
    "one text": ({}, TEXTS, "the cat sat"),
    "one text of a length": ({"output_sequence_length": 5}, TEXTS, "the cat sat"),
    "one text as counts": ({"output_mode": "count"}, TEXTS, "the cat sat the"),
    "a length": ({"output_sequence_length": 3}, TEXTS, NEW),
    "a longer length": ({"output_sequence_length": 20}, TEXTS, NEW),
    "ngrams": ({"ngrams": 3}, TEXTS, NEW),
    "ngrams of lengths": ({"ngrams": (2, 1), "output_mode": "count"}, TEXTS, NEW),
    "no split": ({"split": None, "standardize": None}, GRID, GRID),
    "no split, one axis": ({"split": None}, ["a", "b", "a", ""], ["a", "x", "", "b"]),
    "no split, one axis, of a length": ({"split": None, "output_sequence_length": 3}, ["a", "b"], ["a", "x", "", "b"]),
    "no split, of a length": ({"split": None, "output_sequence_length": 5}, GRID, GRID),
    "no split, ngrams": ({"split": None, "ngrams": 2, "standardize": None}, GRID, GRID),
    "no split, one_hot": ({"split": None, "output_mode": "one_hot"}, ["a", "b"], ["b", "x", "a"]),
    "no split, one_hot of a column": ({"split": None, "output_mode": "one_hot"}, ["a", "b"], [["b"], ["x"], ["a"]]),
    **{f"no split, {mode}": ({"split": None, "output_mode": mode}, GRID, GRID) for mode in ("count", "multi_hot")},
    **{mode: ({"output_mode": mode}, TEXTS, NEW) for mode in ("multi_hot", "count", "tf_idf", "binary", "tf-idf")},
    **{
        f"{mode} of the most tokens": ({"output_mode": mode, "max_tokens": 60, "pad_to_max_tokens": True}, TEXTS, NEW)
        for mode in ("multi_hot", "count", "tf_idf")
    },
    "few weights": ({"output_mode": "tf_idf", "max_tokens": 5}, TEXTS, NEW),
    "weights without split": ({"output_mode": "tf_idf", "split": None}, GRID, GRID),
    "given": ({"vocabulary": TERMS}, None, NEW),
    "given with special terms": ({"vocabulary": ["", "[UNK]", *TERMS]}, None, NEW),
    "given with half of them": ({"vocabulary": ["[UNK]", *TERMS]}, None, NEW),
    "given as counts": ({"vocabulary": ["[UNK]", *TERMS], "output_mode": "count"}, None, NEW),
    "given weights": (
        {"vocabulary": TERMS, "idf_weights": [0.5, 1.5, 2.0, 0.25], "output_mode": "tf_idf"},
        None,
        NEW,
    ),
    "given weights of special terms": (
        {
            "vocabulary": ["[UNK]", *TERMS],
            "idf_weights": [3.0, 0.5, 1.5, 2.0, 0.25],
            "output_mode": "tf_idf",
            "max_tokens": 9,
            "pad_to_max_tokens": True,
        },
        None,
        NEW,
    ),
    "batches": ({"output_mode": "tf_idf"}, lambda: iter([TEXTS[:3], TEXTS[3:]]), NEW),
    "single texts": ({}, lambda: iter(TEXTS), NEW),
    "batches without split": ({"output_mode": "tf_idf", "split": None}, lambda: iter([["a", "b"], ["a", "c"]]), GRID),
}

SEQUENCES = [[1, 2, 3, 4, 5], [], [6], [7, 8, 9]]
PADDED = {
    f"{padding} {truncating} {maxlen} {dtype}": {
        "padding": padding,
        "truncating": truncating,
        "maxlen": maxlen,
        "dtype": dtype,
        "value": 0.75,
    }
    for padding in ("pre", "post")
    for truncating in ("pre", "post")
    for maxlen in (None, 1, 3, 7)
    for dtype in ("int32", "float32")
}


def run(keras):
    """What layers and functions give, by name."""
    results = {}
    for name, (options, data, texts) in LAYERS.items():
        layer = keras.layers.TextVectorization(**options)
        if data is not None:
            layer.adapt(data() if callable(data) else data)
        y = layer(texts)
        results[f"{name}/output"] = np.asarray(y.numpy())
        results[f"{name}/terms"] = np.array(json.dumps([str(term) for term in layer.get_vocabulary()]))
        results[f"{name}/own terms"] = np.array(json.dumps([str(term) for term in layer.get_vocabulary(False)]))
        results[f"{name}/size"] = np.array(layer.vocabulary_size())
    for name, options in PADDED.items():
        results[f"padded {name}"] = keras.utils.pad_sequences(SEQUENCES, **options)
    pairs = [[[1, 2], [3, 4]], [[5, 6]]]
    results["padded pairs"] = keras.utils.pad_sequences(pairs, maxlen=3, dtype="float32")
    results["defaults"] = np.array(json.dumps(keras.layers.TextVectorization(name="t").get_config()))
    return results
