"""Figures of the benchmarks: the product beside the barest program on the same stack, in the same run."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison; `floor` and `product` are medians in the same `unit`.

    `bar` and `aim` are ratios, product to floor: at least that much where more is better, else at most.
    """

    name: str
    floor: float
    product: float
    unit: str
    more_is_better: bool
    bar: float
    aim: float

    @property
    def ratio(self) -> float:
        return self.product / self.floor

    @property
    def holds(self) -> bool:
        return self._reaches(self.bar)

    def __str__(self) -> str:
        sign = "≥" if self.more_is_better else "≤"
        verdict = "MISSED" if not self.holds else "aim" if self._reaches(self.aim) else "holds"
        return (
            f"{self.name:<44} {_short(self.floor):>9} {_short(self.product):>9} {self.unit:<9}"
            f" {self.ratio:>7.2f}   {sign} {self.bar:<5g} {sign} {self.aim:<5g} {verdict}"
        )

    def _reaches(self, mark: float) -> bool:
        return self.ratio >= mark if self.more_is_better else self.ratio <= mark


def heading() -> str:
    return f"{'':<44} {'floor':>9} {'product':>9} {'':<9} {'ratio':>7}   {'bar':<7} {'aim':<7}"


def in_turn(floor: Callable[[], float], product: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """Measures both by turns, so that what else the machine does meets both alike; answers the medians."""
    floors, products = [], []
    for _ in range(rounds):
        floors.append(floor())
        products.append(product())
    return median(floors), median(products)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
