"""A generative adversarial network: a classifier sees ever more digits in its drawings."""


def test_drawings_become_digits(example, tmp_path):
    result, printed = example("gan_digits", "--epochs", 30, "--out", tmp_path)
    assert result["before"] < 1.5
    assert result["after"] > 3
    assert result["after"] < result["real"] <= 10
    assert result["real"] > 9
    assert result["replayed"] > 0.95
    assert len(list(tmp_path.glob("drawings-*.png"))) == 10
    assert "share of each digit" in printed
