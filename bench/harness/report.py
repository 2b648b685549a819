"""The report: from results to docs/benchmarks/report.md, its charts and its raw figures. Pure but for write()."""

import json
import pathlib
import re

import chart
import targets
from statistics_of_pairs import median, ratios, spread

COLUMNS = (  # figure, heading, unit of a chart of it, factor
    ("per_second", "a second", 1), ("cpu_us", "CPU µs each", 1), ("p50_ms", "p50 ms", 1), ("p99_ms", "p99 ms", 1),
    ("p999_ms", "p99.9 ms", 1), ("max_ms", "longest ms", 1), ("seconds", "seconds", 1), ("cpu_seconds", "CPU s", 1),
    ("scrub_cpu_seconds", "scrub's CPU s", 1), ("memory", "memory MiB", 1 / 2 ** 20))
# Where a lower figure is the better one.
CHARTS = {"deliveries": ("per_second", "deliveries a second, one core", True),
          "reads": ("per_second", "reads a second, one core", True)}
MORE_CHARTS = {"deliveries": ("cpu_us", "µs of CPU a delivery, helpers included", True),
               "reads": ("cpu_us", "µs of CPU a read, helpers included", True)}
LATENCIES = ("half-rate", "forged", "told", "reads-storm")


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cell(values):
    found = spread(targets.known(values))
    if found is None:
        return ""
    low, middle, high = (number(value) for value in found)
    return middle if low == high else f"{middle} ({low}–{high})"


def table(results, scenario):
    subjects = results.get(scenario, {})
    shown = [column for column in COLUMNS
             if any(targets.known(targets.figures(results, scenario, subject, column[0])) for subject in subjects)]
    heads = [heading for _, heading, _ in shown]
    first = next(iter(subjects), None)
    ratio_of = next((name for name, _, _ in shown if name in ("per_second", "seconds", "p99_ms")), None)
    has_ratio = len(subjects) > 1 and ratio_of
    if has_ratio:
        heads.append(f"first row's {dict((n, h) for n, h, _ in shown)[ratio_of]} to this one's, pair by pair")
    lines = ["| | " + " | ".join(heads) + " |", "| --- " * (len(heads) + 1) + "|"]
    for subject in subjects:
        cells = [cell([None if value is None else value * factor
                       for value in targets.figures(results, scenario, subject, name)]) for name, _, factor in shown]
        if has_ratio:
            pairs = ratios(targets.figures(results, scenario, first, ratio_of),
                           targets.figures(results, scenario, subject, ratio_of))
            cells.append("" if subject == first else cell(pairs))
        lines.append(f"| {subject} | " + " | ".join(cells) + " |")
    return lines


def generator_bound(results, scenario):
    """Subjects in whose runs the generator's own core was nearly full: their throughput is a lower bound."""
    return [subject for subject in results.get(scenario, {})
            if (median(targets.known(targets.figures(results, scenario, subject, "load_busy"))) or 0) > 0.9]


def idle(results, scenario):
    """Subjects that left a good part of their core idle: what they wait for is not the CPU."""
    found = []
    for subject in results.get(scenario, {}):
        busy = median(targets.known(targets.figures(results, scenario, subject, "busy")))
        if busy is not None and busy < 0.85 and scenario.startswith(("deliveries", "hot", "repeats", "reads", "size")):
            found.append(f"{subject} {100 * busy:.0f} %")
    return found


def remarks(text):
    """{"1": what is said under the heading `## 1 …` of docs/benchmarks/remarks.md}."""
    parts = re.split(r"(?m)^## (\S+)[^\n]*\n", text)
    return {parts[at]: parts[at + 1].strip() for at in range(1, len(parts) - 1, 2)}


def targets_table(verdicts):
    words = {True: "met", False: "**not met**", None: "not measured"}
    lines = ["| | target | measured: median (least to greatest) | |", "| --- | --- | --- | --- |"]
    for each in verdicts:
        lines.append(f"| {each.number} | {each.target} | {each.measured} | {words[each.met]} |")
    return lines


def latency_chart(results, scenario, title):
    """Quantiles of the rounds' medians, for the subjects that have them."""
    series, names = [], []
    for subject, samples in results.get(scenario, {}).items():
        having = [sample["quantiles"] for sample in samples if sample and sample.get("quantiles")]
        if having:
            names = [f"{100 * share:g} %" for share, _ in having[0]]
            series.append((subject, [(at, median([each[at][1] for each in having])) for at in range(len(having[0]))]))
    return chart.lines(title, series, "of the requests", "ms", names, logarithmic=True) if series else None


def charts(data, scenarios):
    """{file name: SVG}."""
    results, made = data["results"], {}
    for each in scenarios:
        for ending, wanted in (("", CHARTS.get(each.name)), ("-cpu", MORE_CHARTS.get(each.name))):
            if wanted and each.name in results:
                figure, unit, logarithmic = wanted
                rows = [(subject, spread(targets.known(targets.figures(results, each.name, subject, figure))),
                         subject.startswith("ankkor")) for subject in results[each.name]]
                made[f"{each.name}{ending}.svg"] = chart.bars(each.title, rows, unit, logarithmic)
        if each.name in LATENCIES:
            drawn = latency_chart(results, each.name, each.title)
            if drawn:
                made[f"{each.name}.svg"] = drawn
    return made


def scenario_part(data, each, drawn):
    results = data["results"]
    lines = [f"## {each.title}", "", each.about, "", *table(results, each.name), ""]
    for ending in ("", "-cpu"):
        name = f"{each.name}{ending}.svg"
        if name in drawn:
            lines += [f"![{each.title}]({name})", ""]
    bound = generator_bound(results, each.name)
    if bound:
        lines += ["The load generator's core was full with: " + ", ".join(bound) + ". They may be faster than shown.", ""]
    waiting = idle(results, each.name)
    if waiting:
        lines += ["Share of the core that was used where it wasn't full: " + ", ".join(waiting) + ".", ""]
    for name, note in data.get("notes", {}).get(each.name, {}).items():
        lines += [f"- *{name}*: {note}"]
    for failure in data["failures"]:
        if failure["scenario"] == each.name:
            lines += [f"- **{failure['subject']}**, round {failure['round'] + 1}: {failure['why']}"]
    return lines + [""]


def render(data, scenarios, drawn, said):
    """The whole page. `said`: remarks() on the targets."""
    machine = data["machine"]
    verdicts = targets.all_of(data["results"], data["options"]["streams"])
    counted = targets.summary(verdicts)
    lines = ["# Benchmark report", "",
             "Made by `scripts/bench`; [README.md](README.md) says how to read it, [report.json](report.json) has every "
             "figure.", "",
             f"{data['date']}, commit `{data['commit']}`: {machine['cores']} cores of {machine['processor']}, Linux "
             f"{machine['kernel']}, load {machine['load_before']} before and {machine['load_after']} after; the server on "
             f"core {machine['server_core']}, the load on core {machine['load_core']}. {data['options']['rounds']} rounds "
             f"in turns of {data['options']['seconds']:g} s after {data['options']['warm_up']:g} s of warm-up; "
             f"{data['took']:.0f} s in all. Figures are medians, with least and greatest.", ""]
    if data["options"]["quick"]:
        lines += ["**A quick run: it proves that the harness works, and its figures mean nothing.**", ""]
    lines += ["## The targets", "",
              f"{counted[True]} met, {counted[False]} not met, {counted[None]} not measured.", "",
              *targets_table(verdicts), ""]
    for number_ in sorted({each.number for each in verdicts if each.met is False}):
        if number_ in said:
            lines += [f"**Target {number_}.** {said[number_]}", ""]
    for each in scenarios:
        if each.name in data["results"] or any(f["scenario"] == each.name for f in data["failures"]):
            lines += scenario_part(data, each, drawn)
    if data.get("micro"):
        lines += ["## Micro-benchmarks", "", "| | time | iterations |", "| --- | --- | --- |"]
        lines += [f"| {each['name']} | {number(each['real_time'])} {each['time_unit']} | {each['iterations']:,} |"
                  for each in data["micro"] if each.get("run_type") != "aggregate"] + [""]
    return "\n".join(lines).rstrip() + "\n"


def write(data, scenarios, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = charts(data, scenarios)
    for name, svg in drawn.items():
        (folder / name).write_text(svg)
    notes = folder / "remarks.md"
    said = remarks(notes.read_text()) if notes.exists() else {}
    (folder / "report.json").write_text(json.dumps(data, indent=1) + "\n")
    (folder / "report.md").write_text(render(data, scenarios, drawn, said))
