"""An ensemble that predicts means and variances: its intervals hold what they claim."""

import pytest


def test_intervals_hold_the_share_that_they_claim(example, tmp_path):
    arguments = ("--epochs", 50, "--members", 3, "--out", tmp_path / "pictures")
    result, printed = example("regression_with_uncertainty", *arguments)
    for who in ("one network", "the ensemble"):
        assert result[f"{who} 0.5"] == pytest.approx(0.5, abs=0.06)
        assert result[f"{who} 0.9"] == pytest.approx(0.9, abs=0.04)
    assert result["not learned outside"] > 3 * result["not learned inside"]
    assert result["replayed"] > 0.95
    assert (tmp_path / "pictures" / "regression.png").stat().st_size > 10_000
    assert "no data" in printed
