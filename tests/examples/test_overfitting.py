"""A network that learns wrong labels by heart, and three remedies, each of which reads more of the test."""


def test_each_remedy_helps(example, tmp_path):
    result, printed = example("overfitting", "--epochs", 60, "--out", tmp_path)
    assert result["nothing, by heart"] > 0.98
    assert result["nothing"] < 0.77
    assert result["nothing, grown"] > 0.2
    for remedy in ("L2", "dropout", "early stopping"):
        assert result[remedy] > result["nothing"] + 0.04
        assert result[f"{remedy}, by heart"] < result["nothing, by heart"]
        assert result[f"{remedy}, grown"] < 0.1
    assert result["replayed"] > 0.95
    assert (tmp_path / "overfitting.png").stat().st_size > 10_000
    assert "200 digits to train on, 20% of them with a wrong label" in printed
