"""JSON is read as a class, by many threads at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ssh_transport import typed
from ssh_transport.manifest.receipt import Receipt

# Each class is met for the first time by all threads together.
_MANY = """
from __future__ import annotations
import dataclasses, sys, threading
from ssh_transport import typed

sys.setswitchinterval(1e-6)

def classes():
    name = f"Inner{len(globals())}"
    inner = dataclasses.make_dataclass(name, [(f"field_{one}", "dict[str, list[int]]") for one in range(20)])
    inner.__module__ = "__main__"
    globals()[name] = inner
    outer = dataclasses.make_dataclass("Outer", [("inner", name)])
    outer.__module__ = "__main__"
    return outer

def meet():
    kind = classes()
    start = threading.Barrier(4)

    def reads():
        start.wait()
        try:
            typed.read("{}", kind)
        except ValueError:
            pass

    threads = [threading.Thread(target=reads) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

for _ in range(200):
    meet()
"""


def test_threads_that_read_a_class_for_the_first_time_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b"[" * 100_000], ids=["none", "half", "list", "empty", "deep"]
)
def test_what_is_no_receipt_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        typed.read(data, Receipt)
