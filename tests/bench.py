"""How long the front end takes on the sample files, in milliseconds per file. `make bench` prints it; nothing asserts it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from capcode.dsl.format import format_file
from capcode.dsl.parse import parse_bytes

SAMPLES = sorted((Path(__file__).parent / "samples").rglob("*.rules"))
REPEATS = 5


def milliseconds(action: Callable[[], object]) -> float:
    """The best of some runs: the others had company."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main() -> None:
    start = time.perf_counter()
    parse_bytes("warm.rules", b"language 1\n")
    print(f"{'tables':20} {1000 * (time.perf_counter() - start):8.1f} ms")
    for path in SAMPLES:
        data = path.read_bytes()
        tree, _, _ = parse_bytes(path.name, data)
        assert tree is not None, path
        parsing = milliseconds(lambda path=path, data=data: parse_bytes(path.name, data))  # type: ignore[misc]
        formatting = milliseconds(lambda tree=tree: format_file(tree))  # type: ignore[misc]
        print(f"{path.stem:20} {parsing:8.1f} ms to parse, {formatting:6.1f} ms to format, {len(data):7,} bytes")


if __name__ == "__main__":
    main()
