"""The single measurements that scenarios are made of: one server, one load, one sample of figures.

Each starts its server anew on an empty data directory, so that no measurement inherits from another.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from processes import Daemon, Failed, Server, Unavailable, cpu_of_session, find_program, pinned, used_between

SECRET = "bench-webhook-secret"
REVALIDATE_SECRET = "bench-revalidate-secret"
LISTENING = r"(?m)^listening (?P<port>\d+)$"
HERE = pathlib.Path(__file__).resolve().parent


class Options:
    """How long and how much; the quick ones only prove that everything works."""

    def __init__(self, quick=False):
        self.quick = quick
        self.rounds = 1 if quick else 5
        self.seconds = 0.5 if quick else 1.5
        self.warm_up = 0.2 if quick else 0.7
        self.connections = 16 if quick else 64
        self.products = 200 if quick else 2_000
        self.streams = 300 if quick else 10_000
        self.large = 20_000 if quick else 1_000_000
        self.catalog = 2_000 if quick else 100_000
        self.waiting = 2_000 if quick else 100_000
        self.told_rate = 500 if quick else 5_000


class Bench:
    def __init__(self, repository, options, binaries=None):
        self.repository = pathlib.Path(repository)
        self.options = options
        self.binaries = pathlib.Path(binaries or self.repository / "build/release")
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="ankkor-bench.", dir=os.environ.get("ANKKOR_BENCH_DIR")))
        cores = sorted(os.sched_getaffinity(0))
        can_pin = len(cores) > 1 and find_program("taskset")
        self.server_core, self.load_core = (cores[0], cores[1]) if can_pin else (None, None)
        self.daemon_binary = self.binaries / "ankkor/ankkor"
        self.numbered = 0
        self.prepared = {}
        self.measured = {}  # what one scenario finds out for another

    def close(self):
        for kept in self.measured.values():
            if isinstance(kept, Server):
                kept.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def fresh(self, name):
        self.numbered += 1
        made = self.place / f"{self.numbered}-{name}"
        made.mkdir()
        return made

    def program(self, name):
        for folder in ("bench", "emulator"):
            path = self.binaries / folder / name
            if path.exists():
                return path
        raise Unavailable(f"{name} is not built")

    # -- servers ---------------------------------------------------------------------------------------------------

    def daemon(self, data=None, binary=None, shop="http://127.0.0.1:9", storefront=None, **settings):
        """Only what is set here: a shop's settings in the caller's environment are no concern of a measurement."""
        place = self.fresh("daemon")
        environment = {
            "PATH": os.environ["PATH"], "ANKKOR_LISTEN": "127.0.0.1:0", "ANKKOR_ADMIN_LISTEN": "127.0.0.1:0",
            "ANKKOR_DATA_DIR": str(data or place / "data"), "ANKKOR_LOG_FORMAT": "json",
            "WOOCOMMERCE_STORE_URL": shop, "WOOCOMMERCE_CONSUMER_KEY": "ck_bench",
            "WOOCOMMERCE_CONSUMER_SECRET": "cs_bench", "WOOCOMMERCE_WEBHOOK_SECRET": SECRET,
        }
        if storefront:
            environment |= {"ANKKOR_REVALIDATE_URL": storefront, "ANKKOR_REVALIDATE_SECRET": REVALIDATE_SECRET}
        environment |= {name: str(value) for name, value in settings.items()}
        return Daemon(binary or self.daemon_binary, environment, place / "log", self.server_core)

    def floor(self, name, *arguments):
        place = self.fresh(name)
        environment = os.environ | {"BENCH_WEBHOOK_SECRET": SECRET}
        return Server(name, [self.program(name), *arguments, "--port", "0"], environment, place / "log",
                      self.server_core, LISTENING)

    def peer(self, name, storefront=None, products=None):
        """bench/peers/NAME, prepared once; its helpers (Redis) run on the load's core, in its favour."""
        folder = self.repository / "bench/peers" / name
        work = self.repository / "build/bench/peers" / name
        self.prepare(name, folder, work)
        place = self.fresh(name)
        (place / "data").mkdir()
        environment = os.environ | {"BENCH_WEBHOOK_SECRET": SECRET}
        if storefront:
            environment |= {"BENCH_REVALIDATE_URL": storefront, "BENCH_REVALIDATE_SECRET": REVALIDATE_SECRET}
        command = [folder / "start", "--port", "0", "--work", work, "--data", place / "data"]
        if self.load_core is not None:
            command += ["--helper-cpu", self.load_core]
        if products:
            command += ["--products", products]
        return Server(name, command, environment, place / "log", self.server_core, LISTENING)

    def about_peer(self, name):
        described = self.repository / "bench/peers" / name / "peer.json"
        if not described.exists():
            raise Unavailable(f"there is no bench/peers/{name}")
        return json.loads(described.read_text())

    def prepare(self, name, folder, work):
        if name not in self.prepared:
            self.prepared[name] = self.try_to_prepare(name, folder, work)
        if self.prepared[name]:
            raise Unavailable(self.prepared[name])

    def try_to_prepare(self, name, folder, work):
        """Nothing, or why it can't be used."""
        missing = [each for each in self.about_peer(name).get("needs", []) if not find_program(each)]
        if missing:
            return f"{name} needs {', '.join(missing)}"
        if not (folder / "prepare").exists():
            return None
        if self.options.quick and not work.exists():
            return f"{name} has not been prepared yet, which takes too long for --quick"
        work.mkdir(parents=True, exist_ok=True)
        log = work / "prepare.log"
        with open(log, "wb") as out:
            done = subprocess.run([folder / "prepare", "--work", work], stdout=out, stderr=out, timeout=600, check=False,
                                  stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            return f"{name} could not be prepared: " + " | ".join(log.read_text(errors="replace").splitlines()[-3:])
        return None

    # -- loads -----------------------------------------------------------------------------------------------------

    def load(self, kind, server, *arguments, seconds=None, storefront=None, wrong_is_failure=True):
        """A run of ankkor-load against the server, as a sample."""
        command = [self.program("ankkor-load"), kind, "--url", server.url, "--watch", server.pid, "--seconds",
                   seconds or self.options.seconds, *arguments]
        if kind != "reads":
            command += ["--secret", SECRET]
        handed = ()
        if storefront is not None:
            command += ["--storefront-fd", storefront.fileno(), "--storefront-secret", REVALIDATE_SECRET]
            handed = (storefront.fileno(),)
        done = subprocess.run([str(each) for each in pinned(self.load_core, command)], capture_output=True, text=True,
                              check=False, pass_fds=handed, timeout=600)
        try:
            found = json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Failed(f"ankkor-load {kind} against {server.name}: {done.stderr.strip()[-500:]} "
                         f"{server.tail()}") from None
        sample = sample_of_streams(found) if kind == "streams" else sample_of_load(found)
        if wrong_is_failure and not found["right"]:
            sample["wrong"] = what_is_wrong(found)
        return sample

    def requests(self, warm_up=1):
        """The arguments of every load of requests."""
        return ["--connections", self.options.connections, "--warm-up", warm_up * self.options.warm_up]

    def wrk(self, server, products):
        """Plain reads by wrk, as a sample."""
        if not find_program("wrk"):
            raise Unavailable("wrk is not installed")
        environment = os.environ | {"BENCH_PRODUCTS": str(products)}
        seconds = max(1, round(self.options.seconds))
        command = ["wrk", "-t", "1", "-c", self.options.connections, "--latency", "-s", HERE / "reads.lua", "-d"]

        def run(length):
            done = subprocess.run([str(each) for each in pinned(self.load_core, [*command, f"{length}s", server.url])],
                                  capture_output=True, text=True, check=False, env=environment, timeout=120)
            if done.returncode != 0:
                raise Failed(f"wrk against {server.name}: {done.stdout[-300:]} {done.stderr[-300:]}")
            return done.stdout

        run(1)
        before = cpu_of_session(server.pid)
        printed = run(seconds)
        used = used_between(before, cpu_of_session(server.pid))
        return sample_of_wrk(printed, used)

    def sync_floor(self, seconds=None, **arguments):
        place = self.fresh("sync")
        command = [self.program("ankkor-floor-sync"), "--dir", place, "--seconds", seconds or self.options.seconds]
        for name, value in arguments.items():
            command += [f"--{name}", value]
        done = subprocess.run([str(each) for each in pinned(self.server_core, command)], capture_output=True, text=True,
                              check=False, timeout=120)
        if done.returncode != 0:
            raise Failed(f"ankkor-floor-sync: {done.stderr[-300:]}")
        found = json.loads(done.stdout)
        return {"per_second": found["count"] / found["seconds"], "p50_ms": found["p50_us"] / 1e3,
                "p99_ms": found["p99_us"] / 1e3, "p999_ms": found["p999_us"] / 1e3, "max_ms": found["max_us"] / 1e3,
                "cpu_us": found["cpu_seconds"] / found["count"] * 1e6}

    def fill(self, products, *arguments):
        """A data directory with so many products."""
        place = self.fresh("filled") / "data"
        command = [self.program("ankkor-fill"), "--data-dir", place, "--products", products, *arguments]
        done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            raise Failed(f"ankkor-fill: {done.stderr[-300:]}")
        return place


def storefront_socket():
    """A socket that listens, for the load generator to take calls on; the server can be given its URL at once."""
    made = socket.create_server(("127.0.0.1", 0), backlog=512)
    made.set_inheritable(True)
    return made, f"http://127.0.0.1:{made.getsockname()[1]}/api/revalidate"


def get(url, path):
    """(status, raw head fields, body) of one read."""
    try:
        with urllib.request.urlopen(url + path, timeout=15) as answer:
            return answer.status, answer.getheaders(), answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers.items(), refusal.read()


def wait_until(holds, seconds, what, every=0.02):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(every)


# -- samples: flat figures, the same names whatever was measured -------------------------------------------------------

def quantile(histogram, share):
    return next((each["ms"] for each in histogram["quantiles"] if abs(each["share"] - share) < 1e-9), None)


def times_of(histogram):
    return {"p50_ms": quantile(histogram, 0.5), "p90_ms": quantile(histogram, 0.9), "p99_ms": quantile(histogram, 0.99),
            "p999_ms": quantile(histogram, 0.999), "max_ms": histogram["max_ms"],
            "quantiles": [[each["share"], each["ms"]] for each in histogram["quantiles"]]}


def cpu_of(found, count):
    by_program = {each["program"]: each["seconds"] for each in found["cpu"]}
    return {"cpu_us": sum(by_program.values()) / count * 1e6 if count else None, "cpu_by_program": by_program,
            "busy": sum(by_program.values()) / found["seconds"], "load_busy": found["own_cpu_seconds"] / found["seconds"]}


def sample_of_load(found):
    main = found["traffic"][0]
    answered = sum(each["answered"] for each in found["traffic"])
    sample = {"per_second": main["per_second"], "answers": {each["what"]: each["count"] for each in main["answers"]},
              "unsent": main["unsent"], **times_of(main["latency"]), **cpu_of(found, answered)}
    if len(found["traffic"]) > 1:
        beside = found["traffic"][1]
        sample["beside"] = {"per_second": beside["per_second"], **times_of(beside["latency"])}
    if "told" in found:
        told = found["told"]
        sample["told"] = {"calls": told["calls"], "changes": told["propagation"]["count"],
                          **times_of(told["propagation"])}
    if "read_back" in found:
        sample["read_back"] = found["read_back"]["read"]
    return sample


def sample_of_streams(found):
    count = found["events"] or 0
    sample = {"changes": found["changes"], "events": count, "opening_seconds": found["opening_seconds"],
              **times_of(found["last"]), **cpu_of(found, count)}
    sample["each"] = times_of(found["each"])
    sample["memory_before"], sample["memory_open"] = found["memory_before"], found["memory_open"]
    sample["per_second"] = count / found["seconds"]
    return sample


def what_is_wrong(found):
    """In words, what the generator's verification found."""
    wrong = []
    for each in found.get("traffic", [found]):
        wrong += [f"{error['count']} times: {error['what']}" for error in each.get("errors", [])]
    if found.get("told", {}).get("untold"):
        wrong.append(f"{found['told']['untold']} products changed and no storefront was told")
    if found.get("told", {}).get("refused"):
        wrong.append(f"{found['told']['refused']} calls with a wrong secret")
    if found.get("read_back", {}).get("wrong"):
        wrong.append(f"{found['read_back']['wrong']} products read back wrong: {found['read_back']['found'][0]}")
    if "events_wanted" in found and found["events"] != found["events_wanted"]:
        wrong.append(f"{found['events']} of {found['events_wanted']} events came")
    return "; ".join(wrong) or "nothing was answered"


def wrk_time(text):
    """wrk writes 870.00us, 1.23ms, 1.02s: in milliseconds."""
    for unit, factor in (("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 6e4)):
        if text.endswith(unit):
            return float(text[:-len(unit)]) * factor
    raise Failed(f"wrk wrote {text} as a time")


def sample_of_wrk(printed, used):
    words = printed.split()
    count = int(words[words.index("requests") - 1])
    took = wrk_time(words[words.index("requests") + 2].rstrip(","))
    sample = {"per_second": float(words[words.index("Requests/sec:") + 1]), "cpu_us": sum(used.values()) / count * 1e6,
              "cpu_by_program": used, "busy": sum(used.values()) / (took / 1e3)}
    for name, share in (("p50_ms", "50%"), ("p90_ms", "90%"), ("p99_ms", "99%")):
        sample[name] = wrk_time(words[words.index(share) + 1])
    for complaint in ("Non-2xx", "Socket errors"):
        if complaint in printed:
            sample["wrong"] = next(line.strip() for line in printed.splitlines() if complaint in line)
    return sample
