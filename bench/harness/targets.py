"""The issue's targets, judged by what was measured. Pure: from results to verdicts.

Results: {scenario: {subject: [sample or None, one a round]}}.
"""

from statistics_of_pairs import median, ratios, spread

PER_CORE = "ankkor on one core"


class Verdict:
    def __init__(self, number, target, measured, met):
        self.number, self.target, self.measured = number, target, measured
        self.met = met  # True, False, or None: not measured


def figures(results, scenario, subject, name):
    """One a round; None where the round has none."""
    return [sample.get(name) if sample else None for sample in results.get(scenario, {}).get(subject, [])]


def known(values):
    return [value for value in values if value is not None]


def text(found, unit=""):
    low, middle, high = found
    digits = 0 if abs(middle) >= 100 else 1 if abs(middle) >= 10 else 2
    return f"{middle:,.{digits}f}{unit} ({low:,.{digits}f} to {high:,.{digits}f})"


def judge(number, target, values, holds, unit=""):
    found = spread(known(values))
    if found is None:
        return Verdict(number, target, "not measured", None)
    return Verdict(number, target, text(found, unit), holds(found[1]))


def at_most(limit):
    return lambda value: value <= limit


def at_least(limit):
    return lambda value: value >= limit


def paired(results, above, below):
    """above, below: (scenario, subject, figure)."""
    return ratios(figures(results, *above), figures(results, *below))


def beyond_sync(results):
    """How far the answers' p99 is beyond twice that of fdatasync, in ms: 2 are allowed."""
    ours = figures(results, "half-rate", "ankkor", "p99_ms")
    theirs = figures(results, "half-rate", "floor: fdatasync", "p99_ms")
    return [a - 2 * b for a, b in zip(ours, theirs) if a is not None and b is not None]


def beyond_window(results, window_ms):
    return [value - window_ms for value in known(figures(results, "told", "window of 100 ms", "p99_ms"))]


def bytes_of_product(results):
    """Resident bytes a product, from the difference of two catalogs. No answer is subtracted: ankkor holds none."""
    found = []
    small, large = (results.get("restart", {}).get(name, []) for name in ("1,000 products", "large catalog"))
    for few, many in zip(small, large):
        if few and many:
            more = many["products"] - few["products"]
            found.append((many["memory"] - few["memory"]) / more)
    return found


def bytes_of_stream(results, count):
    return [(sample["memory_open"] - sample["memory_before"]) / count
            for sample in results.get("streams", {}).get("ankkor", []) if sample]


def all_of(results, streams):
    """Every target, in the issue's order."""
    cpu, rate = "cpu_us", "per_second"
    return [
        judge("1", "a delivery of 2.3 KB: at most 2.0 times the CPU of Beast + HMAC + parse",
              paired(results, ("deliveries", "ankkor", cpu), ("deliveries", "floor: HMAC and parse", cpu)), at_most(2.0)),
        judge("1", "at least 25 times the throughput of the Next.js route",
              paired(results, ("deliveries", "ankkor, telling", rate), ("deliveries", "nextjs", rate)), at_least(25)),
        judge("1", "at least 15 times that of plain Node",
              paired(results, ("deliveries", "ankkor, telling", rate), ("deliveries", "node", rate)), at_least(15)),
        judge("2", "answer's p99 at half of the maximum rate: at most 5 ms",
              figures(results, "half-rate", "ankkor", "p99_ms"), at_most(5), " ms"),
        judge("2", "and at most 2 ms beyond twice the p99 of fdatasync", beyond_sync(results), at_most(2), " ms beyond"),
        judge("2", "in a storm of forged ones the true ones keep their p99 within 3 times",
              paired(results, ("forged", "storm", "p99_ms"), ("forged", "calm", "p99_ms")), at_most(3)),
        judge("3", "a read hit: at most 1.15 times the CPU of Beast answering the same bytes",
              paired(results, ("reads", "ankkor", cpu), ("reads", "floor: Beast, same bytes", cpu)), at_most(1.15)),
        judge("3", "at least 0.5 times nginx's throughput on a static file",
              paired(results, ("reads", "ankkor", rate), ("reads", "nginx", rate)), at_least(0.5)),
        judge("3", "at least 20 times the Node-and-Redis route",
              paired(results, ("reads", "ankkor", rate), ("reads", "node-redis", rate)), at_least(20)),
        judge("4", "received to storefront told, without a window: p99 at most 10 ms at 5,000 changes a second",
              figures(results, "told", "no window", "p99_ms"), at_most(10), " ms"),
        judge("4", "with the default window of 100 ms: p99 at most 10 ms beyond it", beyond_window(results, 100),
              at_most(10), " ms beyond"),
        judge("5", "at most 400 bytes a held idle product of 3 categories beyond its answer, at 1,000,000",
              bytes_of_product(results), at_most(400), " bytes"),
        judge("5", "at most 6 KiB an event stream", bytes_of_stream(results, streams), at_most(6 * 1024), " bytes"),
        judge("5", "ready within 3 s of a start with 1,000,000 products",
              figures(results, "restart", "large catalog", "seconds"), at_most(3), " s"),
        judge("6", "deliveries at 1,000,000 products: at least 0.7 times those at 1,000",
              paired(results, ("size", "large catalog", rate), ("size", "1,000 products", rate)), at_least(0.7)),
        judge("6", "reads at 1,000,000 products: at least 0.7 times those at 1,000",
              paired(results, ("size-reads", "large catalog", rate), ("size-reads", "1,000 products", rate)),
              at_least(0.7)),
        judge("7", "one change to 10,000 streams: the last has it within 300 ms (the slowest change of each round)",
              figures(results, "streams", "ankkor", "max_ms"), at_most(300), " ms"),
        judge("8", "initial load of 100,000 products: at most 3 s of the daemon's CPU",
              figures(results, "catalog", "ankkor", "cpu_seconds"), at_most(3), " s"),
    ]


def summary(verdicts):
    counted = {True: 0, False: 0, None: 0}
    for each in verdicts:
        counted[each.met] += 1
    return counted


__all__ = ["Verdict", "all_of", "summary", "figures", "known", "median"]
