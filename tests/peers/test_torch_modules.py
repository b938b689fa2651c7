"""Modules, hooks and loaders beside PyTorch's: the same names, order, structure and numbers."""

import json

import pytest

import mushin
from mushin.utils import data
from peers.module_recipes import FACTS


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return {name: json.loads(str(facts)) for name, facts in ask_peers("torch_modules").items()}


@pytest.mark.parametrize("name", FACTS)
def test_what_they_do_is_the_same(theirs, name):
    assert json.loads(json.dumps(FACTS[name](mushin, data))) == theirs[name]
