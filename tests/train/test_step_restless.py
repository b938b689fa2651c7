"""Variables outside of a step that change on every call: they keep it eager, and a warning names them."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

import mushin
from mushin.train.variables import MOST_STATES, MOST_VARIABLES, Variables
from train.steps import BEFORE_REPLAY, follow, number

item = 0.0  # the name of an attribute, too


@pytest.fixture
def settings():
    return SimpleNamespace(scale=2.0)


# --- what changes on every call


def finds(name):
    return pytest.warns(RuntimeWarning, match=rf"stays eager: each call finds the variable {name} changed$")


def changes(name):
    return pytest.warns(RuntimeWarning, match=rf"stays eager: each call changes the variable {name}$")


def test_a_counter_that_the_caller_counts(settings):
    def before(call):
        settings.scale = call

    with finds(r"settings\.scale") as caught:
        step = follow(lambda x: x * float(settings.scale), 40, before)
    assert (step.replayed, step.plans, len(caught)) == (0, 0, 1)


def test_a_counter_that_changes_every_second_call(settings):
    def before(call):
        settings.scale = call // 2

    with finds(r"settings\.scale") as caught:
        step = follow(lambda x: x * float(settings.scale), 40, before)
    assert (step.replayed, len(caught)) == (0, 1)


def test_a_counter_that_changes_once_an_epoch(settings):
    def before(call):
        settings.scale = call // 10

    assert follow(lambda x: x * float(settings.scale), 60, before).replayed == 6 * (10 - BEFORE_REPLAY)


def test_a_tensor_that_is_replaced_on_every_call():
    holder = {}

    def before(call):
        holder["offset"] = number(call)

    with finds(r"holder\['offset'\]"):
        assert follow(lambda x: x + holder["offset"], 12, before).replayed == 0


def test_a_counter_that_the_step_counts():
    count = 0

    def step(x):
        nonlocal count
        count += 1
        return x * float(count)

    compiled = mushin.compile(step)

    def play():
        return [float(compiled(number(1)).array[0]) for _ in range(40)]

    with changes("count") as caught:
        assert play() == [*range(1, 41)]
    assert (compiled.step.replayed, len(caught)) == (0, 1)


def test_a_switch_that_the_step_turns():
    is_on = False

    def step(x):
        nonlocal is_on
        is_on = not is_on
        return x * (2.0 if is_on else 3.0)

    compiled = mushin.compile(step)

    def play():
        return [float(compiled(number(1)).array[0]) for _ in range(20)]

    with changes("is_on"):
        assert play() == [2.0, 3.0] * 10


def test_statistics_that_an_object_counts():
    class Mean:
        def __init__(self):
            self.calls = 0

        def update(self, x):
            self.calls += 1
            return x * 2.0

    mean = Mean()
    step = mushin.compile(lambda x: mean.update(x))

    def play():
        for i in range(10):
            step(number(i))

    with changes(r"mean\.calls"):
        play()
    assert mean.calls == 10


def test_a_tensor_that_the_step_replaces():
    state = number(0)

    def step(x):
        nonlocal state
        state = state * 0.5 + x
        return state * 1.0

    compiled, expected = mushin.compile(step), 0.0

    def play():
        nonlocal expected
        for i in range(20):
            expected = expected * 0.5 + i
            np.testing.assert_allclose(compiled(number(i)).array, expected, rtol=1e-6)

    with changes("state"):
        play()


# --- what must not keep a step eager


def test_a_global_with_the_name_of_an_attribute():
    def before(call):
        globals()["item"] = call

    step = follow(lambda x: x * 2.0 if hasattr(x, "no_such") and x.item else x, 10, before)
    assert step.replayed == 10 - BEFORE_REPLAY


def test_lists_that_grow_are_no_change():
    seen = []
    step = mushin.compile(lambda x: seen.append(len(seen)) or x * 2.0)
    for i in range(8):
        step(number(i))
    assert step.step.replayed == 8 - BEFORE_REPLAY


def test_attributes_that_the_step_does_not_name():
    work = SimpleNamespace(scale=2.0, calls=0)

    def before(call):
        work.calls = call

    assert follow(lambda x: x * work.scale, 10, before).replayed == 10 - BEFORE_REPLAY


# --- what it costs


def test_what_a_variable_held_goes():
    holder = SimpleNamespace(offset=number(0))
    step = mushin.compile(lambda x: x + holder.offset)
    gone = []
    for i in range(3):
        holder.offset = number(i)
        gone.append(weakref.ref(holder.offset))
        step(number(i))
    holder.offset = None
    gc.collect()
    assert [reference() is None for reference in gone] == [True, True, False]  # the last until the next call


def test_states_and_variables_are_few():
    holder = SimpleNamespace(**{f"a{i}": 0 for i in range(200)})
    function = eval("lambda: (" + ",".join(f"holder.a{i}" for i in range(200)) + ")", {"holder": holder})
    variables = Variables(function)
    seen = set()
    for i in range(3 * MOST_STATES):
        holder.a0 = i
        seen.add(variables.state(None))
    assert len(seen) == 3 * MOST_STATES
    assert len(variables._last[0]) <= MOST_VARIABLES
    assert len(variables._numbers) <= MOST_STATES


def test_objects_that_refer_to_each_other():
    first, second = SimpleNamespace(scale=2.0), SimpleNamespace(scale=3.0)
    first.other, second.other = second, first
    assert follow(lambda x: x * first.other.other.scale, 10).replayed == 10 - BEFORE_REPLAY
