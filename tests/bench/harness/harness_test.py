"""The driver of the benchmarks: what it concludes from figures, what it draws and writes, and that it starts and ends servers.

Usage: harness_test.py FOLDER_OF_THE_HARNESS
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

HARNESS = sys.argv.pop(1) if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parents[3] / "bench/harness")
sys.path.insert(0, HARNESS)

import bench  # pylint: disable=wrong-import-position
import chart  # pylint: disable=wrong-import-position
import compare  # pylint: disable=wrong-import-position
import main  # pylint: disable=wrong-import-position
import processes  # pylint: disable=wrong-import-position
import report  # pylint: disable=wrong-import-position
import scenarios  # pylint: disable=wrong-import-position
import soak  # pylint: disable=wrong-import-position
import statistics_of_pairs as pairs  # pylint: disable=wrong-import-position
import targets  # pylint: disable=wrong-import-position


class Pairs(unittest.TestCase):
    def test_ratios_are_taken_round_by_round_and_leave_out_what_is_missing(self):
        self.assertEqual(pairs.ratios([2.0, None, 9.0, 4.0], [1.0, 5.0, 3.0, 0]), [2.0, 3.0])

    def test_nothing_has_no_median_and_no_spread(self):
        self.assertIsNone(pairs.median([]))
        self.assertIsNone(pairs.spread([]))
        self.assertEqual(pairs.spread([3, 1, 2]), (1, 2, 3))

    def test_the_interval_holds_the_median_and_narrows_with_less_noise(self):
        source = random.Random(4)
        wide = [1 + source.gauss(0, 0.1) for _ in range(15)]
        narrow = [1 + (value - 1) / 10 for value in wide]
        for values in (wide, narrow):
            low, high = pairs.interval_of_median(values)
            self.assertTrue(low <= pairs.median(values) <= high)
        spans = [high - low for low, high in map(pairs.interval_of_median, (wide, narrow))]
        self.assertLess(spans[1], spans[0])

    def test_the_sign_test_is_that_of_a_fair_coin(self):
        self.assertEqual(pairs.sign_test([]), 1.0)
        self.assertAlmostEqual(pairs.sign_test([1.1] * 5), 2 / 32)
        self.assertAlmostEqual(pairs.sign_test([1.1] * 9 + [0.9]), 2 * 11 / 1024)
        self.assertEqual(pairs.sign_test([1.1, 0.9]), 1.0)

    def test_a_difference_beyond_the_noise_is_told_and_noise_is_not(self):
        source = random.Random(8)
        noise = [1 + source.gauss(0, 0.03) for _ in range(10)]
        self.assertEqual(pairs.verdict(noise), "same")
        self.assertEqual(pairs.verdict([value * 1.3 for value in noise]), "slower")
        self.assertEqual(pairs.verdict([value / 1.3 for value in noise]), "faster")
        self.assertEqual(pairs.verdict([]), "not measured")

    def test_few_pairs_are_never_enough(self):
        self.assertEqual(pairs.verdict([1.5, 1.5, 1.5]), "same")


class Charts(unittest.TestCase):
    def drawn(self, svg):
        return xml.etree.ElementTree.fromstring(svg)

    def test_bars_are_as_long_as_their_figures(self):
        svg = self.drawn(chart.bars("A & B", [("one", (90, 100, 110), True), ("two", (40, 50, 55), False)], "a second"))
        widths = [float(each.get("width")) for each in svg.iter("{http://www.w3.org/2000/svg}rect")][1:]
        self.assertEqual(len(widths), 2)
        self.assertAlmostEqual(widths[0] / widths[1], 2, places=2)

    def test_a_logarithmic_scale_shows_small_ones_too(self):
        rows = [("one", (100_000, 100_000, 100_000), True), ("two", (100, 100, 100), False)]
        svg = self.drawn(chart.bars("", rows, "", logarithmic=True))
        widths = [float(each.get("width")) for each in svg.iter("{http://www.w3.org/2000/svg}rect")][1:]
        self.assertTrue(all(width >= 1 for width in widths))
        self.assertGreater(widths[0], widths[1])

    def test_lines_stay_within_the_picture(self):
        svg = self.drawn(chart.lines("t", [("a", [(0, 1.0), (1, 20.0)]), ("b", [(0, 3.0), (1, 900.0)])], "x", "y",
                                     ["p50", "p99"], logarithmic=True))
        found = list(svg.iter("{http://www.w3.org/2000/svg}polyline"))
        self.assertEqual(len(found), 2)
        for each in found:
            for point in each.get("points").split():
                x, y = map(float, point.split(","))
                self.assertTrue(0 <= x <= chart.WIDTH and 0 <= y <= 320, point)

    def test_nothing_to_draw_is_an_empty_picture(self):
        self.drawn(chart.bars("t", [], "u"))
        self.drawn(chart.lines("t", [], "x", "y"))
        self.drawn(chart.lines("t", [("flat", [(0, 5.0), (1, 5.0)])], "x", "y"))
        self.drawn(chart.lines("t", [("zero", [(0, 0.0)])], "x", "y"))


WRK = """Running 2s test @ http://127.0.0.1:36141
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms    2.70ms  40.10ms   95.11%
    Req/Sec    51.20k     1.10k   52.00k    90.00%
  Latency Distribution
     50%  870.00us
     75%    1.01ms
     90%    2.50ms
     99%    1.02s
  102400 requests in 2.00s, 70.10MB read
Requests/sec:  51200.00
Transfer/sec:     35.05MB
"""


def histogram(milliseconds):
    shares = (0.5, 0.9, 0.99, 0.999, 1.0)
    return {"count": 9, "mean_ms": milliseconds, "max_ms": milliseconds,
            "quantiles": [{"share": share, "ms": milliseconds} for share in shares]}


def load_output(**changes):
    made = {"right": True, "seconds": 2.0, "own_cpu_seconds": 1.0,
            "cpu": [{"program": "node", "seconds": 1.5}, {"program": "redis-server", "seconds": 0.5}],
            "traffic": [{"name": "deliveries", "answered": 1000, "per_second": 500.0, "unsent": 0, "failed": 0,
                         "answers": [{"what": "applied", "count": 1000}], "errors": [], "latency": histogram(2.0)}],
            "read_back": {"read": 10, "wrong": 0, "found": []}}
    return made | changes


class Samples(unittest.TestCase):
    def test_what_wrk_prints_is_read(self):
        sample = bench.sample_of_wrk(WRK, {"ankkor": 1.024})
        self.assertEqual(sample["per_second"], 51200.0)
        self.assertAlmostEqual(sample["cpu_us"], 10.0)
        self.assertEqual((sample["p50_ms"], sample["p90_ms"], sample["p99_ms"]), (0.87, 2.5, 1020.0))
        self.assertAlmostEqual(sample["busy"], 0.512)
        self.assertNotIn("wrong", sample)

    def test_answers_that_wrk_did_not_want_are_told(self):
        printed = WRK.replace("Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec")
        self.assertIn("7", bench.sample_of_wrk(printed, {})["wrong"])

    def test_cpu_is_that_of_a_server_and_its_helpers_over_all_answers(self):
        sample = bench.sample_of_load(load_output())
        self.assertAlmostEqual(sample["cpu_us"], 2000.0)
        self.assertEqual(sample["cpu_by_program"], {"node": 1.5, "redis-server": 0.5})
        self.assertEqual(sample["load_busy"], 0.5)

    def test_what_is_wrong_is_said_in_words(self):
        found = load_output(told={"untold": 3, "refused": 0, "calls": 1, "propagation": histogram(1.0)},
                            read_back={"read": 10, "wrong": 1, "found": ["product 4: expected 7"]})
        found["traffic"][0]["errors"] = [{"what": "503", "count": 2}]
        said = bench.what_is_wrong(found)
        for part in ("2 times: 503", "3 products", "product 4"):
            self.assertIn(part, said)


def results():
    """Results that meet some targets and not others."""
    sample = {"per_second": 20_000.0, "cpu_us": 40.0, "p99_ms": 3.0, "load_busy": 0.5, "busy": 0.99}
    return {
        "deliveries": {"ankkor": [sample, sample | {"cpu_us": 50.0}, sample],
                       "ankkor, telling": [sample, None, sample],
                       "floor: HMAC and parse": [{"cpu_us": 25.0}, {"cpu_us": 10.0}, {"cpu_us": 25.0}],
                       "nextjs": [{"per_second": 500.0}, {"per_second": 1.0}, {"per_second": 1000.0}]},
        "half-rate": {"ankkor": [sample], "floor: fdatasync": [{"p99_ms": 0.2}]},
        "restart": {"1,000 products": [{"memory": 30_000_000, "products": 1_000}],
                    "large catalog": [{"memory": 420_000_000, "products": 1_001_000, "answer_bytes": 210.0,
                                       "seconds": 2.0}]},
        "streams": {"ankkor": [{"memory_before": 10_000_000, "memory_open": 30_000_000, "max_ms": 310.0}]},
    }


class Targets(unittest.TestCase):
    def verdict(self, words):
        return next(each for each in targets.all_of(results(), 10_000) if words in each.target)

    def test_ratios_are_of_pairs_not_of_medians(self):
        self.assertTrue(self.verdict("Beast + HMAC + parse").met)  # 1.6, 5, 1.6
        self.assertIn("1.60", self.verdict("Beast + HMAC + parse").measured)
        self.assertTrue(self.verdict("Next.js").met)  # 40 and 20; the round without a sample is left out

    def test_what_was_not_measured_is_neither_met_nor_missed(self):
        self.assertIsNone(self.verdict("plain Node").met)
        self.assertEqual(self.verdict("plain Node").measured, "not measured")

    def test_the_disk_is_allowed_for(self):
        self.assertFalse(self.verdict("fdatasync").met)  # 3 - 2 * 0.2 = 2.6 ms beyond

    def test_memory_of_a_product_is_the_difference_of_two_catalogs(self):
        found = self.verdict("400 bytes")
        self.assertTrue(found.met)
        self.assertIn("390", found.measured)

    def test_streams_are_judged_by_memory_and_by_their_slowest_change(self):
        self.assertTrue(self.verdict("6 KiB").met)
        self.assertFalse(self.verdict("300 ms").met)

    def test_every_target_of_the_issue_is_there(self):
        verdicts = targets.all_of({}, 10_000)
        self.assertEqual({each.number for each in verdicts}, {str(number) for number in range(1, 9)})
        self.assertTrue(all(each.met is None for each in verdicts))


def whole_data(**changes):
    return {"date": "today", "commit": "abc", "took": 3.0, "options": vars(bench.Options()), "results": results(),
            "failures": [{"scenario": "deliveries", "subject": "node", "round": 0, "why": "node needs node"}], "micro": [],
            "notes": {"deliveries": {"nextjs": "A route."}},
            "machine": {"cores": 2, "processor": "p", "kernel": "k", "load_before": "0", "load_after": "0",
                        "server_core": 0, "load_core": 1}} | changes


class Report(unittest.TestCase):
    def test_it_has_targets_tables_charts_failures_and_remarks(self):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "remarks.md").write_text("# Remarks\n\n## 7\n\nSending is what it takes.\n")
            report.write(whole_data(), scenarios.ALL, place)
            page = (place / "report.md").read_text()
            for part in ("**not met**", "| nextjs |", "node needs node", "Sending is what it takes.", "deliveries.svg",
                         "*nextjs*: A route."):
                self.assertIn(part, page)
            self.assertNotIn("quick run", page)
            self.assertTrue((place / "deliveries.svg").exists())
            self.assertTrue((place / "report.json").exists())

    def test_nothing_measured_is_a_report_too(self):
        page = report.render(whole_data(results={}, failures=[]), scenarios.ALL, {}, {})
        self.assertIn("0 met, 0 not met", page)

    def test_a_full_generator_is_told(self):
        data = whole_data()
        data["results"]["deliveries"]["ankkor"][0]["load_busy"] = 0.97
        data["results"]["deliveries"]["ankkor"][1]["load_busy"] = 0.97
        data["results"]["deliveries"]["ankkor"][2]["load_busy"] = 0.97
        self.assertIn("may be faster than shown", report.render(data, scenarios.ALL, {}, {}))

    def test_the_soak_shows_its_beginning_and_its_end(self):
        part = {"minutes": 1.0, "memory": 2 ** 24, "files": 40, "p50_ms": 1.0, "p99_ms": 2.0, "max_ms": 3.0, "cpu_us": 30.0,
                "read_p99_ms": 1.0, "waiting": 0.0, "wrong": None}
        with tempfile.TemporaryDirectory() as folder:
            soak.write([part, part | {"minutes": 2.0, "memory": 2 ** 25, "wrong": "a product"}], 2, pathlib.Path(folder))
            page = (pathlib.Path(folder) / "soak.md").read_text()
        self.assertIn("| memory, MiB | 16 | 16 | 32 |", page)
        self.assertIn("a product", page)

    def test_a_comparison_says_what_got_slower(self):
        measured = [("deliveries", None, "cpu_us"), ("reads", None, "cpu_us"), ("hot", None, "cpu_us")]
        taken = {"deliveries": ([10.0] * 8, [13.0] * 8), "reads": ([10.0] * 8, [10.0] * 8), "hot": ([None], [None])}
        lines = compare.render(taken, measured, ("a", "b")).splitlines()
        self.assertTrue(lines[2].endswith("| slower |") and lines[2].startswith("| deliveries "))
        self.assertTrue(lines[3].endswith("| same |"))
        self.assertTrue(lines[4].endswith("| not measured |"))


class Driver(unittest.TestCase):
    """What goes wrong in one measurement ends no other."""

    def run_with(self, subject, rounds=2, limit=60):
        options = bench.Options()
        options.rounds = rounds
        run = main.Run(type("Nothing", (), {"options": options})(), limit)
        run.scenario(scenarios.Scenario("s", "S", "about", [("good", lambda *_: {"per_second": 1.0}), ("bad", subject)]))
        return run

    def test_what_fails_is_noted_and_tried_again_in_the_next_round(self):
        def fails(*_):
            raise processes.Failed("no result")
        run = self.run_with(fails)
        self.assertEqual(len(run.results["s"]["good"]), 2)
        self.assertNotIn("bad", run.results["s"])
        self.assertEqual([failure["why"] for failure in run.failures], ["no result", "no result"])

    def test_what_is_not_there_is_left_out_at_once(self):
        def missing(*_):
            raise processes.Unavailable("not installed")
        self.assertEqual(len(self.run_with(missing).failures), 1)

    def test_a_throughput_without_its_effects_is_no_result(self):
        run = self.run_with(lambda *_: {"per_second": 9.0, "wrong": "3 products read back wrong"})
        self.assertNotIn("bad", run.results["s"])
        self.assertIn("3 products", run.failures[0]["why"])

    def test_a_slip_of_a_subject_is_noted_too(self):
        self.assertEqual(len(self.run_with(lambda *_: {}["gone"]).failures), 2)

    def test_the_time_is_limited(self):
        run = self.run_with(lambda *_: {"per_second": 1.0}, limit=-1)
        self.assertEqual(run.results["s"], {})
        self.assertTrue(all("time was over" in failure["why"] for failure in run.failures))

    def test_names_of_scenarios_are_unique_and_chosen_by_their_beginning(self):
        names = [each.name for each in scenarios.ALL]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual({each.name for each in scenarios.by_name(["streams"])}, {"streams", "streams-100"})
        with self.assertRaises(processes.Unavailable):
            scenarios.by_name(["nothing-of-the-kind"])


SERVER = """
import http.server, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
helper = subprocess.Popen(["sleep", "300"])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print("helper", helper.pid, flush=True)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
"""


def is_running(pid):
    found = processes.stat_fields(pid)
    return found is not None and found[1][0] != "Z"


class Servers(unittest.TestCase):
    def start(self, program):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return processes.Server("a server", [sys.executable, "-c", program], os.environ.copy(),
                                pathlib.Path(folder.name) / "log", None, bench.LISTENING)

    def test_a_server_is_ended_with_all_it_started(self):
        server = self.start(SERVER)
        helper = server.wait_for(r"helper (?P<pid>\d+)")["pid"]
        self.assertTrue(is_running(helper))
        self.assertEqual(bench.get(server.url, "/nowhere")[0], 404)
        self.assertEqual(server.stop(), 0)
        end = time.monotonic() + 10
        while is_running(helper) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertFalse(is_running(helper))

    def test_its_cpu_time_is_seen(self):
        server = self.start("import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
                            "print('listening 1', flush=True)\ntime.sleep(300)\n")
        used = server.cpu_seconds()
        server.stop()
        self.assertGreater(used, 0.15)
        self.assertLess(used, 5)

    def test_one_that_does_not_start_says_why(self):
        with self.assertRaisesRegex(processes.Unavailable, "no such luck"):
            self.start("import sys; sys.exit('no such luck')")

    def test_a_program_is_kept_on_its_core_where_there_is_one(self):
        if not processes.find_program("taskset"):
            self.skipTest("there is no taskset")
        core = min(os.sched_getaffinity(0))
        shown = subprocess.run(processes.pinned(core, [sys.executable, "-c",
                                                       "import os; print(os.sched_getaffinity(0))"]),
                               capture_output=True, text=True, check=True)
        self.assertEqual(shown.stdout.strip(), str({core}))


if __name__ == "__main__":
    unittest.main()
