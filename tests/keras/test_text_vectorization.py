"""TextVectorization: what Keras has no counterpart of, errors, configurations; tests/peers compares the rest."""

import json

import numpy as np
import pytest

from mushin import keras
from mushin.keras import layers
from mushin.keras.layers import TextVectorization

TEXTS = ["the cat sat", "the dog", "The CAT, a"]


def adapted(**options):
    layer = TextVectorization(**options)
    layer.adapt(TEXTS)
    return layer


def test_ids_and_terms():
    layer = adapted()
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "cat", "sat", "dog", "a"]
    np.testing.assert_array_equal(layer(["a the bird", "dog"]).numpy(), [[6, 2, 1], [5, 0, 0]])
    layer.adapt(["other terms"])
    assert layer.get_vocabulary(include_special_tokens=False) == ["terms", "other"]


def test_one_hot_rows_end_in_zeros():
    layer = TextVectorization(vocabulary=["a", "b"], output_mode="one_hot")
    np.testing.assert_array_equal(layer(["b x", "a"]).numpy(), [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]]])


def test_texts_of_all_kinds():
    layer = adapted()
    expected = layer(TEXTS).numpy()
    for texts in (
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, object),
        np.array(TEXTS, np.dtypes.StringDType()),
        np.array(TEXTS)[:, None],
        [text.encode() for text in TEXTS],
        np.array([text.encode() for text in TEXTS]),
    ):
        np.testing.assert_array_equal(layer(texts).numpy(), expected)
    latin = TextVectorization(vocabulary=["é"], encoding="latin-1")
    assert latin([b"\xe9"]).numpy().tolist() == [[2]]


def test_functions_in_the_place_of_rules():
    def without_dots(texts):
        return np.char.replace(texts, ".", "")

    def at_dashes(texts):
        return [text.split("-") for text in texts]

    layer = TextVectorization(standardize=without_dots, split=at_dashes)
    layer.adapt(["a.-b", "b-c d"])
    assert layer.get_vocabulary(False) == ["b", "c d", "a"]
    assert layer(["c d-a-"]).numpy().tolist() == [[3, 4, 0]]
    with keras.saving.custom_object_scope({"without_dots": without_dots, "at_dashes": at_dashes}):
        other = TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    assert (other.standardize, other.split) == (without_dots, at_dashes)
    with pytest.raises(ValueError, match=r"^\[t\] standardize must keep the shape \(2,\), got \(1,\)"):
        TextVectorization(standardize=lambda x: x[:1], vocabulary=["a"], name="t")(["a", "b"])
    with pytest.raises(ValueError, match=r"^\[t\] split must give a list for each of 2 texts, got 1"):
        TextVectorization(split=lambda x: [["a"]], vocabulary=["a"], name="t")(["a", "b"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ngrams": (1, 2), "max_tokens": 6},
        {"output_mode": "tf_idf"},
        {"output_mode": "tf_idf", "max_tokens": 20, "pad_to_max_tokens": True},
        {"output_mode": "count", "standardize": None, "split": "character"},
        {"output_sequence_length": 2},
    ],
)
def test_a_configuration_has_what_was_found(options):
    layer = adapted(**options)
    for other in (
        TextVectorization.from_config(json.loads(json.dumps(layer.get_config()))),
        keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer)),
    ):
        assert other.get_vocabulary() == layer.get_vocabulary()
        assert other.name == layer.name
        np.testing.assert_array_equal(other(TEXTS).numpy(), layer(TEXTS).numpy())
        assert other.get_config() == layer.get_config()
        other.adapt(["q"])
        assert other.get_vocabulary(False)[-1] == "q"


def test_a_configuration_has_what_was_given():
    layer = TextVectorization(vocabulary=["a", "b"], idf_weights=[0.5, 0.25], output_mode="tf_idf")
    config = layer.get_config()
    assert config["vocabulary"] == ["[UNK]", "a", "b"]
    other = TextVectorization.from_config(config)
    np.testing.assert_array_equal(other(["a b x"]).numpy(), [[0.375, 0.5, 0.25]])
    with pytest.raises(ValueError, match="vocabulary was given: there is nothing to adapt"):
        other.adapt(["c"])
    assert TextVectorization().get_config()["vocabulary"] is None


def test_a_file_of_terms(tmp_path):
    path = tmp_path / "terms.txt"
    path.write_text("a\né\n", encoding="utf-8")
    layer = TextVectorization(vocabulary=str(path))
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "é"]
    assert layer.get_config()["vocabulary"] == ["", "[UNK]", "a", "é"]
    with pytest.raises(ValueError, match="vocabulary must be a list in a configuration, which names no files"):
        TextVectorization.from_config({"vocabulary": str(path)})
    with pytest.raises(ValueError, match="vocabulary must be a list in a configuration, which names no files"):
        TextVectorization.from_config({"adapted": {"vocabulary": str(path), "idf_weights": None}})
    with pytest.raises(FileNotFoundError):
        TextVectorization(vocabulary=str(tmp_path / "nothing.txt"))


def test_its_ids_train_a_model():
    texts = ["good good film", "bad film", "good", "bad bad", "a good one", "bad one"] * 4
    labels = np.array([1, 0, 1, 0, 1, 0] * 4, np.float32)
    layer = TextVectorization(output_mode="multi_hot")
    layer.adapt(texts)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.1
    model.fit(layer(texts).numpy(), labels, epochs=10, verbose=0)
    assert ((model.predict(layer(["good", "bad"]).numpy(), verbose=0)[:, 0] > 0.5) == [True, False]).all()


V = {"vocabulary": ["a", "b"], "name": "t"}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: TextVectorization(standardize="upper", name="t"),
            ValueError,
            r"standardize must be one of lower_and_",
        ),
        (lambda: TextVectorization(split="words", name="t"), ValueError, r"split must be one of whitespace, character"),
        (lambda: TextVectorization(output_mode="x", name="t"), ValueError, r"output_mode must be one of int, one_hot"),
        (lambda: TextVectorization(max_tokens=1, name="t"), ValueError, r"max_tokens must be greater than 1, got 1"),
        (lambda: TextVectorization(max_tokens=2.5, name="t"), ValueError, r"max_tokens must be a positive integer"),
        (
            lambda: TextVectorization(pad_to_max_tokens=True, name="t"),
            ValueError,
            r"pad_to_max_tokens needs max_tokens",
        ),
        (lambda: TextVectorization(ngrams=0, name="t"), ValueError, r"ngrams must be a positive integer, got 0"),
        (
            lambda: TextVectorization(ngrams=(1, "2"), name="t"),
            ValueError,
            r"ngrams must be a positive integer, got '2'",
        ),
        (
            lambda: TextVectorization(output_mode="count", output_sequence_length=3, name="t"),
            ValueError,
            r"output_sequence_length needs output_mode 'int', got 'count'",
        ),
        (lambda: TextVectorization(vocabulary=[], name="t"), ValueError, r"vocabulary must hold at least one term"),
        (lambda: TextVectorization(vocabulary=["a", 1], name="t"), TypeError, r"vocabulary must be strings, got int"),
        (lambda: TextVectorization(vocabulary=["a", "a"], name="t"), ValueError, r"each term once, got 'a' again"),
        (
            lambda: TextVectorization(vocabulary=["a", ""], name="t"),
            ValueError,
            r"vocabulary must hold '' in front only",
        ),
        (
            lambda: TextVectorization(max_tokens=3, **V),
            ValueError,
            r"vocabulary must have at most max_tokens, 3, got 4",
        ),
        (lambda: TextVectorization(idf_weights=[1], name="t"), ValueError, r"idf_weights needs a vocabulary, got None"),
        (lambda: TextVectorization(idf_weights=[1, 2], **V), ValueError, r"idf_weights must be given with output_mode"),
        (
            lambda: TextVectorization(output_mode="tf_idf", **V),
            ValueError,
            r"idf_weights must be given with .* got none",
        ),
        (
            lambda: TextVectorization(output_mode="tf_idf", idf_weights=[1.0], **V),
            ValueError,
            r"idf_weights must have shape \(2,\), got \(1,\)",
        ),
        (lambda: TextVectorization(name="t")(["a"]), ValueError, r"vocabulary must be known: give it, or call adapt"),
        (lambda: TextVectorization(name="t").adapt(3), TypeError, r"data must be texts, got int"),
        (
            lambda: TextVectorization(name="t").adapt(iter(["a"]), steps=0),
            ValueError,
            r"steps must be a positive integer",
        ),
        (lambda: TextVectorization(**V)([["a", "b"]]), ValueError, r"shape \(batch,\) or \(batch, 1\), got \(1, 2\)"),
        (lambda: TextVectorization(**V)([1.0]), TypeError, r"inputs must be strings, got float"),
        (lambda: TextVectorization(**V)([["a"], ["a", "b"]]), TypeError, r"inputs must be strings, got list"),
        (lambda: TextVectorization(**V)(["\ud800"]), ValueError, r"inputs must be text: .*surrogates not allowed"),
        (lambda: TextVectorization(**V)([b"\xff"]), ValueError, r"inputs must be text: .*0xff"),
        (lambda: TextVectorization(**V)(keras.Input((1,))), TypeError, r"inputs must be texts: call the layer on them"),
        (lambda: TextVectorization(**V)(keras.ops.ones((2,))), TypeError, r"inputs must be strings, got a tensor of"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=rf"^\[t\] .*{message}"):
        call()


def test_shapes_of_outputs():
    assert TextVectorization(**V).compute_output_shape((None, 1)) == (None, None)
    assert TextVectorization(output_sequence_length=4, **V).compute_output_shape((8,)) == (8, 4)
    assert TextVectorization(output_mode="count", **V).compute_output_shape((None, 1)) == (None, 3)
    assert TextVectorization(output_mode="count", split=None, **V).compute_output_shape((None, 7)) == (None, 3)
    assert TextVectorization(output_mode="one_hot", **V).compute_output_shape((5,)) == (5, None, 3)
