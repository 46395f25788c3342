"""Runs the benchmarks: `python -m tests.bench [NAME ...]`; ends with 1 where a bar is missed.

Each module of this folder that has `measure(full)` is one benchmark, known by its name.
"""

import argparse
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.bench.figures import Figure, heading

Measure = Callable[[bool], list[Figure]]


def benches() -> dict[str, Measure]:
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = {name: import_module(f"tests.bench.{name}") for name in names if name != "__main__"}
    return {
        name: cast(Measure, module.measure) for name, module in modules.items() if hasattr(module, "measure")
    }


def main(arguments: list[str]) -> int:
    known = benches()
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", choices=[*known, []], metavar="NAME", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="small and short: whether it runs, no figures")
    asked = parser.parse_args(arguments)
    missed = 0
    print(heading(), flush=True)
    for name in asked.names or known:
        for figure in known[name](not asked.quick):
            print(figure, flush=True)
            missed += not figure.holds
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
