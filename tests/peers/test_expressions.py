"""The table of expressions itself; this needs no peers."""

import importlib
import pkgutil

import pytest

from peers import expressions


def families():
    """(where, family): the dicts of expressions of all modules."""
    for module in pkgutil.iter_modules(expressions.__path__, "peers.expressions."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, dict) and not name.startswith("_"):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("family", [*families()])
def test_every_family_is_in_the_table_whole(family):
    assert family.items() <= expressions.EXPRESSIONS.items()


def test_no_family_hides_another_s_expression():
    assert len(expressions.EXPRESSIONS) == sum(map(len, expressions.FAMILIES))
