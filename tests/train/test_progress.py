"""The progress line: degrees of verbosity, numbers, and that nobody is asked for logs that are not shown."""

import pytest

from mushin.train.progress import Progress, log_text, verbosity


@pytest.mark.parametrize(("given", "degree"), [("auto", 1), (0, 0), (1, 1), (2, 2), (True, 1), (False, 0)])
def test_degrees(given, degree):
    assert verbosity("fit", given) == degree


@pytest.mark.parametrize("given", [3, -1, "loud", None, [1]])
def test_other_degrees_are_errors(given):
    with pytest.raises(ValueError, match=r"^\[fit\] verbose must be 0, 1, 2 or 'auto', got "):
        verbosity("fit", given)


def test_small_numbers_keep_their_digits():
    logs = {"loss": 0.25, "small": 0.0009, "tiny": -1.5e-7, "large": 12345.678, "none": float("nan"), "zero": 0.0}
    assert log_text(logs) == (
        " - loss: 0.2500 - small: 9.0000e-04 - tiny: -1.5000e-07 - large: 12345.6780 - none: nan - zero: 0.0000e+00"
    )


class Never(dict):
    def items(self):
        raise AssertionError("nothing is shown")


@pytest.mark.parametrize("degree", [0, 2])
def test_logs_are_not_asked_for_without_a_moving_line(degree, capsys):
    progress = Progress(3, degree)
    for _ in range(3):
        progress.step(Never())
    progress.close({"loss": 1.0})
    printed = capsys.readouterr().out
    if degree == 0:
        assert printed == ""
    else:
        assert printed.startswith("3/3 - 0s - ")
        assert printed.endswith("/step - loss: 1.0000\n")


def test_the_last_line_of_a_moving_one(capsys):
    progress = Progress(2, 1)
    for _ in range(2):
        progress.step({"loss": 3.0})
    progress.close({"loss": 1.0})
    last = capsys.readouterr().out.rpartition("\r")[2]
    assert last.startswith("2/2 - 0s - ")
    assert last.endswith("/step - loss: 1.0000\n")
