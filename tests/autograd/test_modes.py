"""Whether ops are recorded: contexts, statements, decorators, threads."""

import threading

import numpy as np
import pytest

import mushin
from autograd.leaves import leaf
from mushin import enable_grad, is_grad_enabled, no_grad


def test_no_grad_and_enable_grad():
    x = leaf(1.0)
    with no_grad():
        assert not is_grad_enabled()
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_modes_as_decorators():
    @no_grad()
    def without(x):
        return x * 2, enabled(x)

    @enable_grad()
    def enabled(x):
        return x * 2

    for _ in range(2):
        outer, inner = without(leaf(1.0))
        assert not outer.requires_grad
        assert inner.requires_grad


def test_a_mode_belongs_to_its_thread():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_detach():
    x = leaf(1.0, 2.0)
    y = x.detach()
    assert not y.requires_grad
    assert y.array is x.array
    (x * y).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad.array, y.array)


def test_set_grad_enabled_is_a_statement_a_context_and_a_decorator():
    mushin.set_grad_enabled(False)
    assert not is_grad_enabled()
    mushin.set_grad_enabled(True)
    assert is_grad_enabled()
    with mushin.set_grad_enabled(False):
        assert not is_grad_enabled()
        with mushin.set_grad_enabled(True):
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()

    @mushin.set_grad_enabled(False)
    def mode():
        return is_grad_enabled()

    assert is_grad_enabled()
    assert not mode()
    assert is_grad_enabled()
    with pytest.raises(TypeError, match=r"^\[set_grad_enabled\] mode must be a bool, got None"):
        mushin.set_grad_enabled(None)


@pytest.mark.parametrize("decorator", [no_grad, no_grad()])
def test_no_grad_decorates_with_and_without_brackets(decorator):
    @decorator
    def depth(n):
        """Docstring."""
        return [is_grad_enabled()] if n == 0 else [is_grad_enabled(), *depth(n - 1)]

    assert depth(3) == [False] * 4
    assert is_grad_enabled()
    assert depth.__doc__ == "Docstring."
    with pytest.raises(TypeError):
        depth()
    assert is_grad_enabled()
