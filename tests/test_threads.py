"""Threads, of Python and of the kernels, change nothing but the time it takes."""

import os
import shutil
import threading
import time

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


def test_the_team_may_change_in_the_middle_of_a_step(threads):
    def step(x):
        y = ops.exp(x)
        threads(1 + int(changes))
        return (y * y).sum()

    x = Tensor(np.linspace(-1, 1, 200_000, dtype=np.float32))
    changes = 0
    wanted = step(x).array.tobytes()
    compiled = mushin.compile(step)
    for i in range(12):
        threads(1 + i % 3)
        if i == 6:
            changes = 2
        assert compiled(x).array.tobytes() == wanted


def test_a_thread_that_starts_threads():
    """Each works while the others do, in a step and outside of one."""

    def outer(seed):
        return at_once([lambda inner=inner: train(network(seed + inner), inner, 4) for inner in range(2)])

    wanted = [outer(seed) for seed in range(2)]
    assert at_once([lambda seed=seed: outer(seed) for seed in range(2)]) == wanted


def test_a_replay_in_each_thread():
    def plan_of(value):
        x = np.full(50_000, value, np.float32)
        plan = kernels.Plan(kernels.Arena())
        plan.begin()
        y = kernels.mul_forward(kernels.exp_forward(x), x)
        plan.end()
        y = plan.uncounted_view(y)
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
    before = mushin.get_num_threads()
    try:
        mushin.set_num_threads(3)
        assert mushin.get_num_threads() == 3
        for wrong in (0, -1, 257):
            with pytest.raises(ValueError, match=rf"^\[set_num_threads\] count must be in \[1, 256\], got {wrong}"):
                mushin.set_num_threads(wrong)
        for wrong in (1.5, "2", None):
            with pytest.raises(TypeError):
                mushin.set_num_threads(wrong)
        assert mushin.get_num_threads() == 3
    finally:
        mushin.set_num_threads(before)


COUNT = "import mushin; print(mushin.get_num_threads())"


def test_omp_num_threads_is_respected(python):
    assert python("-c", COUNT, OMP_NUM_THREADS="3") == "3\n"
    assert python("-c", COUNT, OMP_NUM_THREADS="4,2") == "4\n"  # the outer of nested regions
    assert python("-c", COUNT, OMP_NUM_THREADS="100000") == "256\n"
    assert python("-c", COUNT, OMP_NUM_THREADS="none") == python("-c", COUNT, OMP_NUM_THREADS="")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("max 100000\n", 256),
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("140000 100000\n", 1),
        ("10000 100000\n", 1),
        ("50000 50000\n", 1),
        ("99999999999 100000\n", 256),
        ("0 100000\n", 256),
        ("-1 100000\n", 256),
        ("100000 0\n", 256),
        ("100000", 256),
        ("", 256),
        ("what is this", 256),
    ],
)
def test_a_container_s_quota(text, count, tmp_path):
    (tmp_path / "cpu.max").write_text(text)
    assert kernels.quota_processors(str(tmp_path)) == count


@pytest.mark.parametrize(
    ("quota", "period", "count"),
    [("200000", "100000", 2), ("-1", "100000", 256), ("260000", "100000", 3), ("1", "100000", 1), ("100000", "", 256)],
)
def test_a_container_s_quota_of_version_1(quota, period, count, tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota + "\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text(period + "\n")
    assert kernels.quota_processors(str(tmp_path)) == count


def test_no_container(tmp_path):
    assert kernels.quota_processors(str(tmp_path)) == kernels.quota_processors(str(tmp_path / "nothing")) == 256


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_affinity_is_respected(python):
    one = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    assert python("-c", one + COUNT, OMP_NUM_THREADS="") == "1\n"


@pytest.mark.skipif(shutil.which("taskset") is None or not hasattr(os, "sched_getaffinity"), reason="needs taskset")
def test_taskset_is_respected(python):
    program = f"""
import os, subprocess, sys
core = str(min(os.sched_getaffinity(0)))
print(subprocess.check_output(["taskset", "-c", core, sys.executable, "-c", {COUNT!r}], text=True), end="")
"""
    assert python("-c", program, OMP_NUM_THREADS="") == "1\n"


# --- what threads cost


@pytest.mark.parametrize("count", [2, 7])
def test_idle_threads_use_no_processor(count, threads):
    threads(count)
    train(network(4), 4, 5)
    time.sleep(0.01)  # they look for work a little longer
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.02


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs Linux: threads are counted in /proc")
def test_a_team_is_kept(python):
    """Changing the number again and again makes no more threads than one team of each size."""
    output = python(
        "-c",
        """
import os, time, mushin
from test_threads import network, train
counts = []
for _ in range(3):
    for size in (2, 3, 4):
        mushin.set_num_threads(size)
        train(network(1), 1, 1)
    time.sleep(0.1)  # the last ones may not have begun
    counts.append(len(os.listdir("/proc/self/task")))
print(len(set(counts)))
""",
    )
    assert output == "1\n"


# --- forked children and little memory


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
for more in range(-(1 << 22), 1 << 23, 1 << 16):
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
