"""Two commits in pairs: each is built in a worktree of its own, the measurements alternate, and a scenario is called slower
only if that is more than the noise.
"""

import json
import pathlib
import subprocess
import sys
import time

import scenarios
from bench import Bench, Options
from processes import Failed, Unavailable
from statistics_of_pairs import interval_of_median, median, ratios, sign_test, verdict

PAIRS = 10
# name, how it is measured given a daemon, the figure that is compared (less is better)
MEASURED = (
    ("deliveries", lambda binary: scenarios.deliveries(binary=binary), "cpu_us"),
    ("deliveries, telling", lambda binary: scenarios.deliveries(telling=True, binary=binary), "cpu_us"),
    ("deliveries of 32 KB", lambda binary: scenarios.deliveries("--pad", 32_000, binary=binary), "cpu_us"),
    ("one hot product", lambda binary: scenarios.deliveries(products=1, binary=binary), "cpu_us"),
    ("repeats", lambda binary: scenarios.deliveries("--duplicates", 0.1, "--stale", 0.1, binary=binary), "cpu_us"),
    ("forged", lambda binary: scenarios.deliveries("--forged", 1, binary=binary), "cpu_us"),
    ("answer's p99 at 1,000 a second", lambda binary: scenarios.deliveries("--rate", 1_000, binary=binary), "p99_ms"),
    ("read hit", lambda binary: scenarios.reads("hit", binary=binary), "cpu_us"),
    ("read 304", lambda binary: scenarios.reads("not-modified", binary=binary), "cpu_us"),
    ("batch of 100", lambda binary: scenarios.reads("batch", binary=binary), "cpu_us"),
)


def say(text):
    print(text, file=sys.stderr, flush=True)


def git(repository, *arguments):
    done = subprocess.run(["git", "-c", f"safe.directory={repository}", "-C", str(repository), *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"git {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout.strip()


def build(repository, revision):
    """The daemon of that commit."""
    name = git(repository, "rev-parse", "--verify", revision + "^{commit}")
    place = repository / "build/compare" / name[:12]
    if not place.exists():
        git(repository, "worktree", "prune")
        git(repository, "worktree", "add", "--detach", str(place), name)
    say(f"building {revision} ({name[:12]}) ...")
    for command in (["cmake", "--preset", "release", "-DANKKOR_TESTS=OFF"],
                    ["cmake", "--build", "build/release", "--target", "ankkor"]):
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{revision} can't be built: {(done.stdout + done.stderr)[-600:]}")
    return place / "build/release/ankkor/ankkor"


def take(measure, bench, round_number):
    try:
        sample = measure(bench, round_number)
    except (Failed, Unavailable, OSError, subprocess.SubprocessError) as reason:
        say(f"  {reason}")
        return None
    if "wrong" in sample:
        say(f"  not counted: {sample['wrong']}")
        return None
    return sample


def in_pairs(bench, measured, before, after, pairs):
    """{name: (figures of before, figures of after)}."""
    taken = {name: ([], []) for name, _, _ in measured}
    for round_number in range(pairs):
        for name, make, figure in measured:
            sides = [(0, make(before)), (1, make(after))]
            for side, measure in sides if round_number % 2 == 0 else sides[::-1]:
                sample = take(measure, bench, round_number)
                taken[name][side].append(sample[figure] if sample else None)
        say(f"pair {round_number + 1} of {pairs}")
    return taken


def render(taken, measured, names):
    figures = {name: figure for name, _, figure in measured}
    lines = [f"| | {names[0]} | {names[1]} | ratio | 95 % of medians | by chance | |", "| --- " * 7 + "|"]
    for name, (before, after) in taken.items():
        pairs = ratios(after, before)
        if not pairs:
            lines.append(f"| {name} | | | | | | not measured |")
            continue
        low, high = interval_of_median(pairs)
        unit = figures[name].replace("cpu_us", "µs of CPU").replace("p99_ms", "ms")
        middle = [median([value for value in side if value is not None]) for side in (before, after)]
        lines.append(f"| {name} | {middle[0]:.3g} {unit} | {middle[1]:.3g} {unit} | {median(pairs):.3f} | {low:.3f} to "
                     f"{high:.3f} | {100 * sign_test(pairs):.1f} % | {verdict(pairs)} |")
    return "\n".join(lines) + "\n"


def run(repository, given):
    options = Options(given.quick)
    pairs = given.rounds or (2 if given.quick else PAIRS)
    options.seconds = given.seconds or (0.5 if given.quick else 1.5)
    options.warm_up = min(options.warm_up, 0.5)
    measured = [each for each in MEASURED if not given.only or any(each[0].startswith(name) for name in given.only)]
    before, after = (build(repository, revision) for revision in given.compare)
    bench = Bench(repository, options, given.binaries)
    began = time.monotonic()
    try:
        taken = in_pairs(bench, measured, before, after, pairs)
    finally:
        bench.close()
    text = render(taken, measured, given.compare)
    folder = pathlib.Path(given.out or repository / "build/benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compare.json").write_text(json.dumps({"revisions": given.compare, "taken": taken}, indent=1) + "\n")
    (folder / "compare.md").write_text(text)
    print(text, end="")
    say(f"{time.monotonic() - began:.0f} s")
    slower = [name for name, (old, new) in taken.items() if verdict(ratios(new, old)) == "slower"]
    if slower:
        say("slower: " + ", ".join(slower))
    return 1 if slower else 0
