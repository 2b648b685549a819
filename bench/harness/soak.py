"""One daemon under a steady load for long: memory, descriptors and latency over time. What grows without end, or slows down,
shows here.
"""

import json
import pathlib
import sys
import time

import chart
from bench import Bench, Options, storefront_socket
from processes import Failed

PART_SECONDS = 20
DATE_STEP = 86_400  # between the dates of one part and those of the next


def one_part(bench, daemon, shop, number):
    """A load that is verified in itself, then what the daemon holds."""
    options = bench.options
    began = int(time.time()) - 700 * 86_400
    sample = bench.load("deliveries", daemon, "--connections", 32, "--products", options.products, "--rate",
                        200 if options.quick else 1_500, "--duplicates", 0.05, "--stale", 0.05, "--forged", 0.05, "--beside",
                        "hit", "--beside-rate", 200 if options.quick else 1_500, "--beside-connections", 16,
                        "--dates-from", began + number * DATE_STEP, "--first-quantity", (number + 1) * 101 % 1_000,
                        storefront=shop, seconds=1 if options.quick else PART_SECONDS)
    metrics = daemon.metrics()
    return {"minutes": (time.monotonic() - daemon.began) / 60, "memory": daemon.memory(), "files": daemon.descriptors(),
            "p50_ms": sample["p50_ms"], "p99_ms": sample["p99_ms"], "max_ms": sample["max_ms"],
            "cpu_us": sample["cpu_us"], "read_p99_ms": sample["beside"]["p99_ms"],
            "waiting": metrics.get('ankkor_outbox_pending{target="next"}', 0.0), "wrong": sample.get("wrong")}


def render(parts, minutes):
    first, last = parts[0], parts[-1]
    wrong = [f"- after {part['minutes']:.0f} minutes: {part['wrong']}" for part in parts if part["wrong"]]
    settled = parts[len(parts) // 4]
    return "\n".join([
        "# Soak", "",
        f"One daemon for {minutes:g} minutes: deliveries and reads at a steady rate, a twentieth each of duplicates, stale and "
        "forged ones; after each part all products are read back, and all changes were told.", "",
        "| | first part | after a quarter | last part |", "| --- | --- | --- | --- |",
        *(f"| {title} | {first[name] * factor:,.4g} | {settled[name] * factor:,.4g} | {last[name] * factor:,.4g} |"
          for title, name, factor in (("memory, MiB", "memory", 1 / 2 ** 20), ("descriptors", "files", 1),
                                      ("answer p99, ms", "p99_ms", 1), ("read p99, ms", "read_p99_ms", 1),
                                      ("CPU a request, µs", "cpu_us", 1))), "",
        *(wrong or ["Nothing was wrong in any part."]), "",
        "![Memory](soak-memory.svg)", "", "![Latency](soak-latency.svg)", "", "![Descriptors](soak-files.svg)"]) + "\n"


def write(parts, minutes, folder):
    folder.mkdir(parents=True, exist_ok=True)
    over_time = {name: [(part["minutes"], part[name]) for part in parts] for name in parts[0] if name != "wrong"}
    memory = [(at, value / 2 ** 20) for at, value in over_time["memory"]]
    (folder / "soak-memory.svg").write_text(chart.lines("Memory", [("resident", memory)], "minutes", "MiB"))
    (folder / "soak-files.svg").write_text(
        chart.lines("Descriptors", [("open", over_time["files"])], "minutes", "count"))
    (folder / "soak-latency.svg").write_text(chart.lines(
        "Latency", [("answer p50", over_time["p50_ms"]), ("answer p99", over_time["p99_ms"]),
                    ("read p99", over_time["read_p99_ms"])], "minutes", "ms", logarithmic=True))
    (folder / "soak.json").write_text(json.dumps(parts, indent=1) + "\n")
    (folder / "soak.md").write_text(render(parts, minutes))


def run(repository, given):
    bench = Bench(repository, Options(given.quick), given.binaries)
    folder = pathlib.Path(given.out or repository / "docs/benchmarks")
    shop, url = storefront_socket()
    parts = []
    try:
        with bench.daemon(storefront=url) as daemon:
            # Products that are read must be held.
            bench.load("deliveries", daemon, "--products", bench.options.products, "--read-back", 0, "--dates-from",
                       int(time.time()) - 900 * 86_400, storefront=shop, seconds=2)
            while (time.monotonic() - daemon.began) / 60 < given.soak or not parts:
                parts.append(one_part(bench, daemon, shop, len(parts)))
                print(f"{parts[-1]['minutes']:7.1f} min  {parts[-1]['memory'] / 2 ** 20:7.1f} MiB  {parts[-1]['files']:5} "
                      f"files  p99 {parts[-1]['p99_ms']:.2f} ms  {parts[-1]['wrong'] or ''}", file=sys.stderr, flush=True)
                write(parts, given.soak, folder)
            if daemon.stop() != 0:
                raise Failed("the daemon did not end as it should")
    finally:
        shop.close()
        bench.close()
    print(f"{folder / 'soak.md'}", file=sys.stderr)
    return 1 if any(part["wrong"] for part in parts) else 0
