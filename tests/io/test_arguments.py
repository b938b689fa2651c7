"""Arguments in another order, and objects that have no weights."""

import pytest

from mushin import io, nn


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: io.save_state(nn.Linear(1, 1), p), r"\[save_state\] path, the first argument, .* got Linear"),
        (lambda p: io.load_state(nn.Linear(1, 1), p), r"\[load_state\] path, the first argument, .* got Linear"),
        (lambda p: io.save_state(p, [1]), r"\[save_state\] module must be an nn.Module .* got list"),
        (lambda p: io.load_state(p, {}), r"\[load_state\] module must be an nn.Module .* got dict"),
        (lambda p: io.save_weights({}, p), r"\[save_weights\] path, the first argument, .* got dict"),
        (lambda p: io.save_weights(p, [1]), r"\[save_weights\] tensors must be a mapping from names, got list"),
        (lambda p: io.load_weights(3), r"\[load_weights\] path, the first argument, .* got int"),
    ],
)
def test_wrong_arguments(call, message, tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(TypeError, match="^" + message):
        call(path)
    assert not path.exists()
