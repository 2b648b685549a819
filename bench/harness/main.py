"""The driver of the benchmarks: runs the scenarios in turns, and writes the report. scripts/bench builds, then runs this.

A subject that can't be measured is left out, with the reason in the report; so is what the time no longer allows.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import time
import traceback

import compare
import report
import scenarios
import soak
from bench import Bench, Options
from processes import Failed, Unavailable, pinned

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MICRO = "ankkor-micro"


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine(bench):
    processor = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                      if line.startswith("model name")), platform.processor())
    return {"cores": len(os.sched_getaffinity(0)), "processor": processor, "kernel": platform.release(),
            "load_before": f"{os.getloadavg()[0]:.2f}", "load_after": "",
            "server_core": bench.server_core, "load_core": bench.load_core}


def commit():
    done = subprocess.run(["git", "-c", f"safe.directory={REPOSITORY}", "-C", REPOSITORY, "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


class Run:
    """Runs scenarios and keeps what comes of them."""

    def __init__(self, bench, limit):
        self.bench, self.end = bench, time.monotonic() + limit
        self.results, self.failures, self.notes = {}, [], {}
        self.left_out = set()

    def fail(self, scenario, subject, round_number, why):
        self.failures.append({"scenario": scenario, "subject": subject, "round": round_number, "why": str(why)})
        say(f"  {subject}: {why}")

    def measure(self, scenario, subject, take, round_number):
        """A sample, or None. Nothing that goes wrong here ends the run."""
        if (scenario, subject) in self.left_out:
            return None
        if time.monotonic() > self.end:
            self.left_out.add((scenario, subject))
            self.fail(scenario, subject, round_number, "left out: the time was over")
            return None
        try:
            sample = take(self.bench, round_number)
        except Unavailable as reason:
            # It won't be there in the next round either.
            self.left_out.add((scenario, subject))
            self.fail(scenario, subject, round_number, reason)
            return None
        except Failed as reason:
            self.fail(scenario, subject, round_number, reason)
            return None
        except Exception:  # Whatever it is: the other measurements are worth having.
            self.fail(scenario, subject, round_number, traceback.format_exc().strip().splitlines()[-1])
            return None
        if "wrong" in sample:
            # A figure whose effects are not what they should be is none.
            self.fail(scenario, subject, round_number, f"not counted: {sample['wrong']}")
            return None
        return sample

    def scenario(self, each):
        say(f"{each.title} ({each.name})")
        taken = {name: [] for name, _ in each.subjects}
        rounds = min(each.rounds or self.bench.options.rounds, self.bench.options.rounds)
        for round_number in range(rounds):
            # Turn about, so that what drifts in the machine is no subject's advantage.
            order = each.subjects if round_number % 2 == 0 else each.subjects[::-1]
            for name, take in order:
                taken[name].append(self.measure(each.name, name, take, round_number))
        if each.after:
            each.after(self.bench)
        self.results[each.name] = {name: samples for name, samples in taken.items() if any(samples)}
        self.note_peers(each)

    def note_peers(self, each):
        for name, _ in each.subjects:
            described = REPOSITORY / "bench/peers" / name / "peer.json"
            if described.exists():
                about = json.loads(described.read_text())
                self.notes.setdefault(each.name, {})[name] = f"{about['title']}. {about.get('note', '')}".strip()


def micro(bench):
    """Google Benchmark's own figures, where the program is there."""
    program = bench.binaries / "bench" / MICRO
    if not program.exists():
        return []
    command = [program, "--benchmark_format=json", "--benchmark_min_time=" + ("0.01" if bench.options.quick else "0.2")]
    try:
        done = subprocess.run(pinned(bench.server_core, command), capture_output=True, text=True, check=False, timeout=300)
        return json.loads(done.stdout)["benchmarks"]
    except (json.JSONDecodeError, KeyError, OSError, subprocess.SubprocessError) as reason:
        say(f"  {MICRO}: {reason}")
        return []


def benchmark(given):
    options = Options(given.quick)
    if given.rounds:
        options.rounds = given.rounds
    if given.seconds:
        options.seconds = given.seconds
    bench = Bench(REPOSITORY, options, given.binaries)
    folder = pathlib.Path(given.out or REPOSITORY / ("build/benchmarks" if given.quick or given.only else "docs/benchmarks"))
    began = time.monotonic()
    try:
        chosen = scenarios.by_name(given.only)
        data = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "commit": commit(),
                "machine": machine(bench), "options": vars(options)}
        run = Run(bench, given.limit * 60)
        data |= {"results": run.results, "failures": run.failures, "notes": run.notes, "micro": []}

        def write():
            data["machine"]["load_after"] = f"{os.getloadavg()[0]:.2f}"
            data["took"] = time.monotonic() - began
            report.write(data, scenarios.ALL, folder)
        for each in chosen:
            run.scenario(each)
            # What was measured so far is kept, whatever comes.
            write()
        data["micro"] = micro(bench) if not given.only else []
        write()
    finally:
        bench.close()
    say(f"{data['took']:.0f} s; the report is {folder / 'report.md'}")
    return finish(given, data)


def finish(given, data):
    """A full run is done when its report is written; a quick one proves something only if all of ours was right."""
    ours = [failure for failure in data["failures"] if failure["subject"] not in peers()]
    if given.quick and ours:
        say(f"{len(ours)} measurements were not right")
        return 1
    return 0


def peers():
    folder = REPOSITORY / "bench/peers"
    return {path.parent.name for path in folder.glob("*/peer.json")} | set(scenarios.DELIVERY_PEERS)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures ankkor against floors and peers.")
    parser.add_argument("--quick", action="store_true", help="only prove that everything works; no figure counts")
    parser.add_argument("--only", action="append", metavar="SCENARIO", help="those whose names begin so; may be repeated")
    parser.add_argument("--list", action="store_true", help="the scenarios' names")
    parser.add_argument("--rounds", type=int, help="rounds in turns, in place of 5")
    parser.add_argument("--seconds", type=float, help="of one measurement, in place of 1.5")
    parser.add_argument("--limit", type=float, default=25, metavar="MINUTES", help="what isn't measured then is left out")
    parser.add_argument("--soak", type=float, nargs="?", const=60, metavar="MINUTES",
                        help="one daemon under a steady load that long: memory, descriptors and latency over time")
    parser.add_argument("--compare", nargs=2, metavar="REVISION", help="two commits, in pairs: which got slower")
    parser.add_argument("--out", help="the report's folder")
    parser.add_argument("--binaries", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    # As with Ctrl-C: what was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given = arguments()
    if given.list:
        print("\n".join(f"{each.name:16}{each.title}" for each in scenarios.ALL))
        return 0
    if given.compare:
        return compare.run(REPOSITORY, given)
    if given.soak:
        return soak.run(REPOSITORY, given)
    return benchmark(given)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Unavailable, Failed) as problem:
        say(f"scripts/bench: {problem}")
        sys.exit(1)
