"""Variables outside of a step that its code names: a step follows them as it follows its arguments."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn
from train.steps import BEFORE_REPLAY, follow, number

SCALE = 2.0
SETTINGS = SimpleNamespace(scale=2.0)


def scaled(x):
    return x * SCALE


@mushin.compile
def scaled_in_a_step(x):
    return x * SCALE


def set_global(name, value):
    globals()[name] = value


@pytest.fixture(autouse=True)
def globals_as_they_were():
    yield
    set_global("SCALE", 2.0)
    SETTINGS.scale = 2.0


# --- what is followed: each case gives the function and what changes a variable of it


def of_the_function_around():
    scale = 2.0

    def change():
        nonlocal scale
        scale = 3.0

    return lambda x: x * scale, change


def of_a_function_inside():
    scale = 2.0

    def change():
        nonlocal scale
        scale = 3.0

    return lambda x: [x * (k * scale) for k in (1, 2)][1], change


def of_the_file():
    return lambda x: x * SCALE, lambda: set_global("SCALE", 3.0)


def of_a_helper():
    return lambda x: scaled(x) + 1.0, lambda: set_global("SCALE", 3.0)


def of_a_step_inside():
    return lambda x: scaled_in_a_step(x) + 1.0, lambda: set_global("SCALE", 3.0)


def of_a_decorated_function():
    return mushin.no_grad(lambda x: x * SCALE), lambda: set_global("SCALE", 3.0)


def of_a_partial_function():
    return partial(lambda shift, x: x * SCALE + shift, 1.0), lambda: set_global("SCALE", 3.0)


def of_a_module_s_forward():
    class Scaled(nn.Module):
        def forward(self, x):
            return x * SCALE

    model = Scaled()
    return lambda x: model(x), lambda: set_global("SCALE", 3.0)


def an_attribute():
    return lambda x: x * SETTINGS.scale, lambda: setattr(SETTINGS, "scale", 3.0)


def an_attribute_of_an_attribute():
    outer = SimpleNamespace(settings=SimpleNamespace(scale=2.0))
    return lambda x: x * outer.settings.scale, lambda: setattr(outer.settings, "scale", 3.0)


def an_attribute_of_a_class():
    class Settings:
        scale = 2.0

    return lambda x: x * Settings.scale, lambda: setattr(Settings, "scale", 3.0)


def an_attribute_of_an_object_s_class():
    class Settings:
        scale = 2.0

    settings = Settings()
    return lambda x: x * settings.scale, lambda: setattr(Settings, "scale", 3.0)


def an_attribute_that_hides_its_class_s():
    class Settings:
        scale = 2.0

    settings = Settings()
    return lambda x: x * settings.scale, lambda: setattr(settings, "scale", 3.0)


def an_attribute_of_a_module_s_class():
    class Scaled(nn.Module):
        scale = 2.0

        def forward(self, x):
            return x * self.scale

    model = Scaled()
    return lambda x: model(x), lambda: setattr(Scaled, "scale", 3.0)


def an_attribute_in_slots():
    class Settings:
        __slots__ = ("scale",)

    settings = Settings()
    settings.scale = 2.0
    return lambda x: x * settings.scale, lambda: setattr(settings, "scale", 3.0)


def an_attribute_behind_a_property():
    class Settings:
        def __init__(self):
            self._half = 1.0

        @property
        def scale(self):
            return 2.0 * self._half

    settings = Settings()
    return lambda x: x * settings.scale, lambda: setattr(settings, "_half", 3.0)


def an_attribute_of_a_default():
    settings = SimpleNamespace(scale=2.0)

    def step(x, given=settings):
        return x * given.scale

    return step, lambda: setattr(settings, "scale", 3.0)


def an_attribute_of_self():
    class Work:
        def __init__(self):
            self.scale = 2.0

        def scaled(self, x):
            return x * self.scale

        def step(self, x):
            return self.scaled(x) + 1.0

    work = Work()
    return work.step, lambda: setattr(work, "scale", 3.0)


def an_attribute_of_what_is_called():
    class Work:
        def __init__(self):
            self.scale = 2.0

        def __call__(self, x):
            return x * self.scale

    work = Work()
    return lambda x: work(x) + 1.0, lambda: setattr(work, "scale", 3.0)


def an_entry():
    settings = {"scale": 2.0}
    return lambda x: x * settings["scale"], lambda: settings.update(scale=3.0)


def an_entry_that_comes_later():
    settings = {}
    return lambda x: x * settings.get("scale", 2.0), lambda: settings.update(scale=3.0)


def a_tuple():
    scales = (1.0, 2.0)

    def change():
        nonlocal scales
        scales = (1.0, 3.0)

    return lambda x: x * scales[1], change


def an_integer_that_becomes_a_float():
    halves = 3

    def change():
        nonlocal halves
        halves = 3.0

    return lambda x: x * (0.5 if type(halves) is int else 0.25), change


def a_tensor():
    holder = SimpleNamespace(offset=number(1))
    return lambda x: x + holder.offset, lambda: setattr(holder, "offset", number(7))


def a_tensor_s_data():
    offset = number(1)
    return lambda x: x + offset, lambda: setattr(offset, "data", number(7))


def a_tensor_s_array():
    offset = number(1)
    return lambda x: x + offset, lambda: setattr(offset, "array", np.full(3, 7, np.float32))


def an_array():
    holder = {"offset": np.ones(3, np.float32)}
    return lambda x: x + Tensor(holder["offset"]), lambda: holder.update(offset=np.full(3, 7, np.float32))


def a_function():
    holder = SimpleNamespace(activation=mushin.Tensor.tanh)
    return lambda x: holder.activation(x), lambda: setattr(holder, "activation", mushin.Tensor.relu)


def a_model():
    models = SimpleNamespace(current=nn.Linear(3, 2))
    return lambda x: models.current(x).detach(), lambda: setattr(models, "current", nn.Linear(3, 2))


def a_name_that_comes_later():
    def change():
        globals()["LATER"] = 3.0

    globals().pop("LATER", None)
    return lambda x: x * LATER if "LATER" in globals() else x, change  # noqa: F821  that is the case


CASES = [
    of_the_function_around,
    of_a_function_inside,
    of_the_file,
    of_a_helper,
    of_a_step_inside,
    of_a_decorated_function,
    of_a_partial_function,
    of_a_module_s_forward,
    an_attribute,
    an_attribute_of_an_attribute,
    an_attribute_of_a_class,
    an_attribute_of_an_object_s_class,
    an_attribute_that_hides_its_class_s,
    an_attribute_of_a_module_s_class,
    an_attribute_in_slots,
    an_attribute_behind_a_property,
    an_attribute_of_a_default,
    an_attribute_of_self,
    an_attribute_of_what_is_called,
    an_entry,
    an_entry_that_comes_later,
    a_tuple,
    an_integer_that_becomes_a_float,
    a_tensor,
    a_tensor_s_data,
    a_tensor_s_array,
    an_array,
    a_function,
    a_model,
    a_name_that_comes_later,
]


@pytest.mark.parametrize("make", CASES)
def test_a_variable_that_changes_is_followed(make):
    function, change = make()
    step = follow(function, 12, lambda call: change() if call == 6 else None)
    assert step.replayed == 2 * (6 - BEFORE_REPLAY)


def test_values_that_come_again_find_their_plans():
    def before(call):
        SETTINGS.scale = (2.0, 3.0)[call % 2]

    step = follow(lambda x: x * SETTINGS.scale, 20, before)
    assert (step.plans, step.replayed) == (2, 20 - 2 * BEFORE_REPLAY)


def test_objects_that_come_again_find_their_plans():
    models = [nn.Linear(3, 2) for _ in range(2)]
    holder = SimpleNamespace(model=None)
    step = follow(lambda x: holder.model(x).detach(), 20, lambda call: setattr(holder, "model", models[call // 2 % 2]))
    assert (step.plans, step.replayed) == (2, 20 - 2 * BEFORE_REPLAY)


def test_an_equal_constant_is_no_change():
    def before(call):
        SETTINGS.scale = float("2.5")
        set_global("SCALE", "".join(["a", "b"]))

    step = follow(lambda x: x * SETTINGS.scale if SCALE == "ab" else x, 10, before)
    assert step.replayed == 10 - BEFORE_REPLAY


def test_a_variable_that_is_deleted_and_comes_again():
    scale = 2.0

    def step(x):
        return x * scale if with_scale else x

    with_scale = True
    compiled = mushin.compile(step)
    for _ in range(5):
        np.testing.assert_array_equal(compiled(number(1)).array, number(2).array)
    with_scale = False
    del scale
    for _ in range(5):
        np.testing.assert_array_equal(compiled(number(1)).array, number(1).array)
    with_scale, scale = True, 4.0
    for _ in range(5):
        np.testing.assert_array_equal(compiled(number(1)).array, number(4).array)


def test_what_a_module_got_later_is_followed():
    class Scaled(nn.Module):
        def forward(self, x):
            return x * self.settings.scale

    model = Scaled()
    model.settings = settings = SimpleNamespace(scale=2.0)

    def before(call):
        nonlocal settings
        if call == 6:
            model.settings = settings = SimpleNamespace(scale=3.0)
        if call == 12:
            settings.scale = 4.0

    step = follow(lambda x: model(x), 18, before)
    assert step.replayed == 3 * (6 - BEFORE_REPLAY)
