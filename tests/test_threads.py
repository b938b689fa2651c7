"""Threads, of Python and of the kernels, change nothing but the time it takes."""

import os
import threading

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels, no_grad, ops


def network(seed):
    rng = np.random.default_rng(seed)
    shapes = [(301, 70), (301,), (10, 301)]
    return [Tensor(rng.normal(0, 0.1, shape).astype(np.float32), requires_grad=True) for shape in shapes]


def train(parameters, seed, steps):
    """Plain gradient descent on noise; returns the parameters' bytes. Every launch is large enough to be shared."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        x = rng.normal(size=(128, 70)).astype(np.float32)
        hidden = ops.linear(Tensor(x), *parameters[:2], activation="tanh")
        loss = ops.cross_entropy(ops.linear(hidden, parameters[2]), rng.integers(0, 10, 128))
        loss.backward()
        with no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=0.1)
                p.grad = None
    return b"".join(p.array.tobytes() for p in parameters)


def at_once(functions):
    """Runs each function in a thread of its own; returns what they gave."""
    results = [None] * len(functions)
    start = threading.Barrier(len(functions))

    def run(i):
        start.wait()
        results[i] = functions[i]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("count", [1, 2, 7])
def test_networks_that_train_at_once_train_as_they_do_alone(count, threads):
    threads(1)
    alone = [train(network(seed), seed, 12) for seed in range(3)]
    threads(count)
    assert at_once([lambda seed=seed: train(network(seed), seed, 12) for seed in range(3)]) == alone


def test_the_team_may_change_while_it_works(threads):
    wanted = train(network(5), 5, 12)
    done = threading.Event()

    def change():
        while not done.is_set():
            for count in (1, 2, 3, 4):
                threads(count)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        assert train(network(5), 5, 12) == wanted
    finally:
        done.set()
        thread.join()


def test_many_threads_on_few_cores(threads):
    x = Tensor(np.linspace(-1, 1, 200_000, dtype=np.float32))
    threads(1)
    wanted = ops.exp(x).array.tobytes()
    threads(7)
    assert all(ops.exp(x).array.tobytes() == wanted for _ in range(50))


def test_a_replay_in_each_thread():
    def plan_of(value):
        x = np.full(50_000, value, np.float32)
        plan = kernels.Plan(kernels.Arena())
        plan.begin()
        y = kernels.mul_forward(kernels.exp_forward(x), x)
        plan.end()
        y = plan.view_of_output(y)
        return lambda: [plan.replay() or y.tobytes() for _ in range(50)][-1]

    plans = [plan_of(value) for value in (0.5, -1.5)]
    assert at_once(plans) == [plan() for plan in plans]


def test_a_recording_belongs_to_its_thread():
    x, plan = np.ones(10), kernels.Plan(kernels.Arena())
    plan.begin()
    kernels.exp_forward(x)
    at_once([lambda: kernels.exp_forward(x)])
    assert at_once([kernels.recording]) == [False]
    plan.end()
    assert plan.launches == 1


@pytest.mark.parametrize("size", [100, 100_000])
def test_subnormal_numbers_are_zero_in_kernels_only(size, threads):
    threads(2)
    x = np.full(size, 1e-30, np.float32)
    assert not kernels.mul_forward(x, x * np.float32(1e-10)).any()
    assert (x * np.float32(1e-10)).all()


# --- how many threads


def test_set_num_threads():
    before = mushin.num_threads()
    try:
        mushin.set_num_threads(3)
        assert mushin.num_threads() == 3
        for wrong in (0, -1, 257):
            with pytest.raises(ValueError, match=rf"^\[set_num_threads\] count must be in \[1, 256\], got {wrong}"):
                mushin.set_num_threads(wrong)
        for wrong in (1.5, "2", None):
            with pytest.raises(TypeError):
                mushin.set_num_threads(wrong)
        assert mushin.num_threads() == 3
    finally:
        mushin.set_num_threads(before)


COUNT = "import mushin; print(mushin.num_threads())"


def test_omp_num_threads_is_respected(python):
    assert python("-c", COUNT, OMP_NUM_THREADS="3") == "3\n"
    assert python("-c", COUNT, OMP_NUM_THREADS="none") == python("-c", COUNT, OMP_NUM_THREADS="")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_affinity_is_respected(python):
    one = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    assert python("-c", one + COUNT, OMP_NUM_THREADS="") == "1\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_goes_on_with_the_same_bits(python):
    output = python(
        "-W",
        "ignore",  # a fork beside threads is what is tested here
        "-c",
        """
import os, signal, mushin
from test_threads import network, train
signal.alarm(60)
mushin.set_num_threads(3)
parameters = network(1)
train(parameters, 1, 3)  # the team has worked
read, write = os.pipe()
child = os.fork()
state = train(parameters, 2, 3)
if child == 0:
    grandchild = os.fork()
    again = train(parameters, 3, 3)
    os.write(write, state[-4000:] + again[-4000:]) if grandchild == 0 else os.waitpid(grandchild, 0)
    os._exit(0)
os.waitpid(child, 0)
again = train(parameters, 3, 3)
print(os.read(read, 10000) == state[-4000:] + again[-4000:])
""",
    )
    assert output == "True\n"


LITTLE_MEMORY = """
import resource
import numpy as np
from mushin import kernels

kernels.set_num_threads(2)
a, b, c = (np.ones((512, 512), np.float32) for _ in range(3))
kernels.fill(np.empty(1 << 22, np.float32), 0.0)  # the team is there, its packing buffers are not
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * resource.getpagesize()
outcomes = set()
for more in range(0, 2_000_000, 50_000):
    resource.setrlimit(resource.RLIMIT_AS, (now + more, -1))
    try:
        kernels.gemm(c, a.T, b, None, 0)
    except MemoryError:
        outcomes.add("MemoryError")
    else:
        outcomes.add(float(c.min()))
print(sorted(map(str, outcomes)))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux: the limit is set from /proc")
def test_no_memory_for_packing_is_an_error_in_the_caller(python):
    """Whichever thread runs out of it, and the team goes on working."""
    assert python("-c", LITTLE_MEMORY, OMP_NUM_THREADS="") == "['512.0', 'MemoryError']\n"
