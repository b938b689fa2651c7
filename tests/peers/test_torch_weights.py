"""Weights go to PyTorch and come from it in safetensors files: the same names, the same outputs."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import mushin
from mushin import io, nn
from peers.recipes.weights import NETWORKS, outputs, shifted


@pytest.fixture(scope="module")
def ours():
    return {name: shifted(mushin, make(nn)) for name, make in NETWORKS.items()}


@pytest.fixture(scope="module")
def theirs(ask_peers, ours, tmp_path_factory):
    """What PyTorch makes of the tensors that the format's own library reads in the files that are written here."""
    tensors = {}
    for name, network in ours.items():
        path = tmp_path_factory.mktemp("weights") / f"{name}.safetensors"
        io.save_state(path, network)
        tensors.update({f"{name}:{key}": x for key, x in load_file(path).items()})
    return ask_peers("torch_weights", tensors)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_that_is_written_here_is_read_there(theirs, ours, name):
    np.testing.assert_allclose(theirs[f"{name}/outputs"], outputs(mushin, name, ours[name]), rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_that_is_written_there_is_read_here(theirs, tmp_path, name):
    path = tmp_path / "theirs.safetensors"
    state = {key.removeprefix(f"{name}:"): x for key, x in theirs.items() if key.startswith(f"{name}:")}
    save_file(state, path)
    network = NETWORKS[name](nn)
    assert io.load_state(path, network) == ([], [])
    np.testing.assert_allclose(outputs(mushin, name, network), theirs[f"{name}/outputs"], rtol=0, atol=2e-6)
    for key, tensor in network.state_dict().items():
        assert tensor.numpy().tobytes() == state[key].tobytes()
