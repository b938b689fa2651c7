"""What a captured step costs and shares: memory, page faults, threads of Python, forked children."""

import gc
import os
import sys
import threading
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels
from train.steps import Classifier, batches, bits

resource = pytest.importorskip("resource")


def bytes_in_use():
    gc.collect()
    return kernels.pool_statistics()["bytes_in_use"]


def bytes_of_plans(step):
    """The memory that a step's plans share."""
    return next(recorded.plan.memory for recorded in step.step._plans.values() if hasattr(recorded, "plan"))


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def large():
    """A model whose activations fill many pages, and three of its batches."""
    return Classifier(hidden=2000), batches(128, 128, 128)


def test_many_eager_steps_need_no_more_memory():
    classifier, data = large()
    classifier.step(*data[0])
    before = bytes_in_use()
    for i in range(60):
        classifier.step(*data[i % 3])
    assert bytes_in_use() == before


def test_many_captured_steps_need_no_more_memory():
    classifier, data = large()
    step = mushin.compile(classifier.step)
    for i in range(6):
        step(*data[i % 3])
    before = bytes_in_use(), bytes_of_plans(step)
    for i in range(60):
        step(*data[i % 3])
    assert step.step.replayed == 62
    assert (bytes_in_use(), bytes_of_plans(step)) == before


@pytest.mark.parametrize("wrap", [mushin.compile, lambda f: f], ids=["captured", "eager"])
def test_a_steady_step_touches_no_fresh_page(wrap):
    classifier, data = large()
    step = wrap(classifier.step)
    for i in range(80):  # the 64th replay is compared, for which NumPy copies the state
        step(*data[i % 3])
    before = page_faults()
    for i in range(50):
        step(*data[i % 3])
    assert page_faults() - before < 50  # its activations alone are 250 pages a step


def test_a_dropped_step_frees_its_memory():
    classifier, data = large()
    for batch in data:
        classifier.step(*batch)
    before = bytes_in_use()
    step = mushin.compile(classifier.step)
    for i in range(8):
        step(*data[i % 3])
    assert step.step.replayed == 4
    held, waiting = bytes_of_plans(step), kernels.pool_statistics()["bytes_cached"]
    assert held > 3_000_000
    gone = weakref.ref(step.step)
    del step
    assert bytes_in_use() == before
    assert gone() is None
    assert kernels.pool_statistics()["bytes_cached"] >= waiting + held


def test_a_result_outlives_its_step():
    step = mushin.compile(lambda x: x * 2.0)
    results = [step(mushin.full((5000,), float(i))) for i in range(8)]
    del step
    gc.collect()
    mushin.full((5000,), 7.0)
    for i, result in enumerate(results):
        assert (result.array == 2 * i).all()


def test_a_model_outlives_its_step():
    classifier, data = large()
    step = mushin.compile(classifier.step)
    for i in range(8):
        step(*data[i % 3])
    expected = classifier.state()
    del step
    gc.collect()
    assert classifier.state() == expected
    classifier.step(*data[0])


def plans_of(step):
    """A function that calls the step five times with each batch size, and tells the memory of its plans then."""

    def run(*sizes):
        for n in sizes:
            for batch in batches(*[n] * 5):
                step(*batch)
        return bytes_of_plans(step)

    return run


def test_plans_of_many_shapes_share_their_memory():
    step = mushin.compile(Classifier(hidden=2000).step)
    run = plans_of(step)
    one = run(128)
    assert run(127, 126, 125) < 1.2 * one
    assert step.step.plans == 4


def test_plans_that_go_give_their_memory_back():
    step = mushin.compile(Classifier(hidden=2000).step)
    run = plans_of(step)
    large = run(256)
    assert run(*range(20, 28)) < large / 4
    assert step.step.plans == 8


def test_steps_of_ever_other_sizes_need_no_more_memory():
    classifier = Classifier(hidden=500)
    step = mushin.compile(classifier.step)
    sizes = np.random.default_rng(0).integers(1, 65, 600)
    data = {n: batches(n)[0] for n in range(1, 65)}

    def run(sizes):
        for n in sizes:
            step(*data[n])
        statistics = kernels.pool_statistics()
        return statistics["bytes_in_use"] + statistics["bytes_cached"] + bytes_of_plans(step)

    run([64] * 5)
    kernels.pool_clear()
    first = run(sizes[:100])
    assert step.step.plans == 8
    assert run(sizes[100:]) < 1.2 * first


def test_a_trusted_plan_keeps_no_copy_of_the_model():
    classifier, data = large()
    for batch in data:
        classifier.step(*batch)
    step = mushin.compile(classifier.step)
    tracemalloc.start()
    try:
        for i in range(8):
            step(*data[i % 3])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert step.step.replayed == 4
    parameters = sum(p.array.nbytes for p in classifier.model.parameters())
    assert held < parameters + sum(x.array.nbytes for x in data[0])


def test_gradients_do_not_pile_up():
    classifier, data = large()
    step = mushin.compile(classifier.step)
    for i in range(10):
        step(*data[i % 3])
    references = [sys.getrefcount(p._home) for p in classifier.model.parameters()]
    for i in range(10):
        step(*data[i % 3])
    assert [sys.getrefcount(p._home) for p in classifier.model.parameters()] == references


# --- threads


def in_threads(*functions):
    """Runs functions at the same time, each in a thread of its own; raises what one of them raised."""
    errors = []
    barrier = threading.Barrier(len(functions))

    def guarded(function):
        barrier.wait()
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def test_two_models_in_two_threads():
    def play(seed, wrap, results):
        classifier = Classifier(seed=seed, dropout=0.0, hidden=300)
        step = wrap(classifier.step)

        def run():
            results.extend(bits(step(*batch)) for batch in batches(*[40, 40, 17] * 12, seed=seed))

        return run

    expected = [[], []]
    for seed, results in enumerate(expected):
        play(seed, lambda f: f, results)()
    got = [[], []]
    in_threads(*[play(seed, mushin.compile, results) for seed, results in enumerate(got)])
    assert got == expected


def test_one_step_called_from_many_threads():
    step = mushin.compile(lambda x, y: (x * 2.0 + y, x.sum()))
    wrong = []

    def run(number):
        def calls():
            for i in range(80):
                x = np.full(300 + number % 2, number + i, np.float32)
                double, total = step(Tensor(x), Tensor(x))
                if not ((double.array == 3 * x).all() and total.array == x.sum()):
                    wrong.append((number, i))

        return calls

    in_threads(*[run(number) for number in range(4)])
    assert wrong == []
    assert step.step.replayed + step.step.eager >= 320


def test_a_training_step_called_from_many_threads():
    """One call at a time, so that no update is lost, and no call writes into what another one compares."""
    total = mushin.zeros(1)

    def add(x):
        with mushin.no_grad():
            total.add_(x.sum())

    step = mushin.compile(add)
    in_threads(*[lambda: [step(mushin.ones(4)) for _ in range(150)] for _ in range(4)])
    assert total.item() == 4 * 150 * 4
    assert step.step.replayed == 4 * 150 - 2 - 3  # compared three times: at first, and after 64 and 512 replays


def test_a_thread_waits_for_an_eager_call_of_another():
    entered, may_leave = threading.Event(), threading.Event()
    inside = []

    def slow(x):
        inside.append(1)
        entered.set()
        may_leave.wait(60)
        assert len(inside) == 1
        inside.clear()
        return x * 2.0

    step = mushin.compile(slow)
    results = []
    threads = [threading.Thread(target=lambda: results.append(step(mushin.ones(1)).item())) for _ in range(2)]
    threads[0].start()
    assert entered.wait(60)
    threads[1].start()
    may_leave.set()
    for thread in threads:
        thread.join(60)
    assert results == [2.0, 2.0]


def test_two_steps_that_call_each_other_in_two_threads():
    both_are_in = threading.Barrier(2)

    def wait_for_the_other():
        if threading.current_thread() is not threading.main_thread():
            both_are_in.wait(60)

    def double(x, other=None):
        wait_for_the_other()
        return x * 2.0 if other is None else other(x) * 2.0

    def add_one(x, other=None):
        wait_for_the_other()
        return x + 1.0 if other is None else other(x) + 1.0

    first, second = mushin.compile(double), mushin.compile(add_one)
    results = []
    x = mushin.ones(1)
    in_threads(lambda: results.append(first(x, second).item()), lambda: results.append(second(x, first).item()))
    assert sorted(results) == [3.0, 4.0]


def test_a_step_recorded_in_one_thread_replays_in_another():
    classifier, twin = Classifier(dropout=0.0), Classifier(dropout=0.0)
    step = mushin.compile(classifier.step)
    data = batches(*[8] * 9)
    for batch in data[:5]:
        step(*batch)
    in_threads(lambda: [step(*batch) for batch in data[5:]])
    for batch in data:
        twin.step(*batch)
    assert classifier.state() == twin.state()
    assert step.step.replayed == 5


# --- forked children


def in_child(function):
    """What a function returns in a forked child, as bytes."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of forking with threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(write, function())
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return answer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("count", [1, 3])
def test_a_forked_child_replays_the_same_bits(count, threads):
    threads(count)
    classifier = Classifier(hidden=300)
    step = mushin.compile(classifier.step)
    data = batches(*[40] * 10)
    for batch in data[:6]:
        step(*batch)

    def rest():
        losses = [bits(step(*batch)) for batch in data[6:]]
        return b"".join([*losses, *classifier.state(), bytes([step.step.replayed])])

    in_the_child = in_child(rest)
    assert rest() == in_the_child
    assert in_the_child[-1] == 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_records_anew():
    classifier = Classifier()
    step = mushin.compile(classifier.step)
    step(*batches(8)[0])

    def run():
        losses = [bits(step(*batch)) for batch in batches(*[9] * 6)]
        return b"".join([*losses, bytes([step.step.replayed])])

    in_the_child = in_child(run)
    assert run() == in_the_child
    assert in_the_child[-1] == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_forked_while_a_thread_is_in_the_step():
    entered, may_leave = threading.Event(), threading.Event()

    def step(x, waits):
        if waits:
            entered.set()
            may_leave.wait(60)
        return x * 2.0

    compiled = mushin.compile(step)
    thread = threading.Thread(target=lambda: compiled(mushin.ones(1), True))
    thread.start()
    assert entered.wait(60)

    def run():
        return b"".join([bits(compiled(mushin.full((3,), float(i)), False)) for i in range(6)])

    try:
        in_the_child = in_child(run)
    finally:
        may_leave.set()
        thread.join(60)
    assert run() == in_the_child == b"".join([np.full(3, 2 * i, np.float32).tobytes() for i in range(6)])
