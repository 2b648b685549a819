"""What is concluded from measurements that were taken in turns: medians, spreads, and ratios pair by pair. Pure."""

import math
import random
import statistics


def median(values):
    return statistics.median(values) if values else None


def spread(values):
    """(least, median, greatest); nothing of nothing."""
    return (min(values), statistics.median(values), max(values)) if values else None


def ratios(above, below):
    """Pair by pair: the two of one round saw the same machine. Rounds that lack one are left out."""
    return [a / b for a, b in zip(above, below) if a is not None and b]


def interval_of_median(values, share=0.95, draws=2000, seed=1):
    """By bootstrap: the median of samples drawn from the values, with replacement."""
    if not values:
        return None
    random_source = random.Random(seed)
    medians = sorted(statistics.median(random_source.choices(values, k=len(values))) for _ in range(draws))
    low = math.floor((1 - share) / 2 * draws)
    return medians[low], medians[draws - 1 - low]


def sign_test(values):
    """How probable it is by chance alone that so many of the ratios, or more, lie on one side of 1; both sides count."""
    above = sum(1 for value in values if value > 1)
    below = sum(1 for value in values if value < 1)
    count = above + below
    if count == 0:
        return 1.0
    tail = sum(math.comb(count, at) for at in range(max(above, below), count + 1)) / 2 ** count
    return min(1.0, 2 * tail)


def verdict(values, least=0.03, chance=0.05):
    """Of the ratios of the later commit's cost to the earlier's: "slower", "faster" or "same". It takes all three: a median
    off by more than `least`, an interval that leaves out 1, and a sign test that chance seldom passes."""
    if not values:
        return "not measured"
    middle = statistics.median(values)
    low, high = interval_of_median(values)
    if sign_test(values) > chance or abs(middle - 1) <= least or low <= 1 <= high:
        return "same"
    return "slower" if middle > 1 else "faster"
