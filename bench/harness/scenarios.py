"""The scenarios: what is measured against what, and why. Each is a list of subjects that the driver runs in turn, round
after round; a subject is a function from the bench and the round to a sample (bench.py).
"""

import contextlib
import json
import os
import shutil
import threading
import time

from bench import get, storefront_socket, wait_until
from processes import Failed, Server, Unavailable

DELIVERY_PEERS = ("nextjs", "node", "adnanh-webhook")
LARGE_PAD = {"6k": 6_000, "32k": 32_000}


class Scenario:
    def __init__(self, name, title, about, subjects, rounds=None, after=None):
        self.name, self.title, self.about, self.subjects = name, title, about, subjects
        self.rounds = rounds  # fewer than the others, where one takes long
        self.after = after  # what is to be ended once all rounds are done


# -- deliveries --------------------------------------------------------------------------------------------------------

def deliveries(*arguments, telling=False, products=None, binary=None, **settings):
    """ankkor under a closed loop of deliveries; everything is read back, and told where a storefront is there."""
    def run(bench, _):
        with contextlib.ExitStack() as stack:
            shop, url = storefront_socket() if telling else (None, None)
            if shop:
                stack.callback(shop.close)
            daemon = stack.enter_context(bench.daemon(storefront=url, binary=binary, **settings))
            return bench.load("deliveries", daemon, *bench.requests(), "--products", products or bench.options.products,
                              *arguments, storefront=shop)
    return run


def floor_deliveries(mode, *arguments):
    def run(bench, _):
        with bench.floor("ankkor-floor-http", "--mode", mode) as server:
            return bench.load("deliveries", server, *bench.requests(), "--products", bench.options.products, "--expect",
                              "status", "--read-back", 0, *arguments)
    return run


def echo(bench, _):
    with bench.floor("ankkor-floor-echo") as server:
        return bench.load("deliveries", server, *bench.requests(), "--products", bench.options.products, "--expect",
                          "echo", "--read-back", 0)


def peer_deliveries(name):
    def run(bench, _):
        about = bench.about_peer(name)
        with contextlib.ExitStack() as stack:
            shop, url = storefront_socket() if about["tells"] else (None, None)
            if shop:
                stack.callback(shop.close)
            server = stack.enter_context(bench.peer(name, storefront=url))
            checks = [] if about["reads_back"] else ["--read-back", 0]
            if about.get("signature") == "hex":
                checks.append("--hex-signatures")
            # A compiler at run time wants some thousand requests before it is at its best.
            return bench.load("deliveries", server, *bench.requests(warm_up=3), "--products", bench.options.products, "--expect", "status", *checks, storefront=shop)
    return run


def maximum(bench):
    """Deliveries a second in a closed loop: what other scenarios take a share of."""
    if "maximum" not in bench.measured:
        bench.measured["maximum"] = deliveries()(bench, 0)["per_second"]
    return bench.measured["maximum"]


def at_rate(share, *arguments):
    """An open loop at that share of the maximum; the latencies count from when each was to be sent."""
    def run(bench, round_number):
        rate = max(50, share * maximum(bench))
        sample = deliveries("--rate", rate, *arguments)(bench, round_number)
        sample["rate"] = rate
        return sample
    return run


def sync_loop(bench, _):
    return bench.sync_floor(size=4096)


def told(window):
    def run(bench, round_number):
        rate = bench.options.told_rate
        # So many products that none changes again before it was told of.
        sample = deliveries("--rate", rate, telling=True, products=rate * 4, ANKKOR_REVALIDATE_WINDOW=window)(
            bench, round_number)
        for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"):
            sample["answer_" + name] = sample.pop(name)
            sample[name] = sample["told"][name]
        sample["quantiles"] = sample["told"]["quantiles"]
        return sample
    return run


# -- reads -------------------------------------------------------------------------------------------------------------

def holding(bench, stack, **settings):
    """A daemon that holds the products that are read."""
    return on_copy(bench, stack, bench.options.products, **settings)


def recorded_reads(bench):
    """The very bytes that ankkor answers: a file with one whole answer, and one with a line of each product's body."""
    if "reads" not in bench.measured:
        place = bench.fresh("reads")
        answer, products = place / "answer", place / "products"
        with contextlib.ExitStack() as stack:
            daemon = holding(bench, stack)
            status, fields, body = get(daemon.url, "/api/products/1/stock")
            # Of the connection that it was recorded on, and not of the answer.
            head = "".join(f"{name}: {value}\r\n" for name, value in fields if name.lower() != "connection")
            answer.write_bytes(f"HTTP/1.1 {status} OK\r\n{head}\r\n".encode() + body)
            with open(products, "wb") as out:
                for product in range(1, bench.options.products + 1):
                    out.write(get(daemon.url, f"/api/products/{product}/stock")[2] + b"\n")
        bench.measured["reads"] = answer, products
    return bench.measured["reads"]


def hits(binary=None):
    def run(bench, _):
        with contextlib.ExitStack() as stack:
            daemon = holding(bench, stack, binary=binary)
            return bench.wrk(daemon, bench.options.products)
    return run


def floor_reads(bench, _):
    answer, _ = recorded_reads(bench)
    with bench.floor("ankkor-floor-http", "--mode", "static", "--answer", answer) as server:
        return bench.wrk(server, bench.options.products)


def peer_reads(name):
    def run(bench, _):
        bench.about_peer(name)
        with bench.peer(name, products=recorded_reads(bench)[1]) as server:
            return bench.wrk(server, bench.options.products)
    return run


def reads(kind, *arguments, binary=None):
    def run(bench, _):
        with contextlib.ExitStack() as stack:
            daemon = holding(bench, stack, binary=binary)
            return bench.load("reads", daemon, *bench.requests(), "--products", bench.options.products, "--kind", kind,
                              *arguments)
    return run


def emulated_shop(bench, products):
    place = bench.fresh("shop")
    return Server("the emulated store", [bench.program("ankkor-emulated-store"), "--port", "0", "--products",
                                         str(products), "--rate", "0"], None, place / "log", bench.load_core,
                  r"(?m)^emulated store *http://[^:]*:(?P<port>\d+)")


FAST_SHOP = {"ANKKOR_GRAPHQL_BUDGET": "100000/s", "ANKKOR_GRAPHQL_BURST": "1000"}


def misses(bench, _):
    """Of what nobody has: each is asked for at the shop, and answered 404."""
    with emulated_shop(bench, 100) as shop, bench.daemon(shop=shop.url, **FAST_SHOP) as daemon:
        daemon.wait_for(r"(?P<loaded>The catalog is loaded)")
        return bench.load("reads", daemon, *bench.requests(), "--kind", "miss")


def reads_at_rate(beside):
    """Reads at a fixed rate; beside them, or not, deliveries as fast as they are answered."""
    def run(bench, _):
        rate = 500 if bench.options.quick else 4_000
        count = bench.options.products
        with contextlib.ExitStack() as stack:
            daemon = holding(bench, stack)
            if not beside:
                return bench.load("reads", daemon, *bench.requests(), "--products", count, "--rate", rate)
            sample = bench.load("deliveries", daemon, *bench.requests(), "--products", count, "--beside", "hit",
                                "--beside-rate", rate, "--beside-connections", 16)
            # The reads are what is looked at here.
            deliveries_per_second = sample["per_second"]
            sample |= sample.pop("beside")
            sample["deliveries_per_second"] = deliveries_per_second
            return sample
    return run


# -- many products -----------------------------------------------------------------------------------------------------

def filled(bench, products, *arguments):
    """A directory of that many products, made once and copied."""
    key = ("filled", products, arguments)
    if key not in bench.measured:
        bench.measured[key] = bench.fill(products, *arguments)
    return bench.measured[key]


def on_copy(bench, stack, products, *arguments, **settings):
    """A daemon on a copy of that directory."""
    source = filled(bench, products, *arguments)
    copy = bench.fresh("copy") / "data"
    shutil.copytree(source, copy)
    # Else the daemon's first sync of a file would have to write what was copied.
    os.sync()
    stack.callback(shutil.rmtree, copy, True)
    return stack.enter_context(bench.daemon(data=copy, **settings))


def held_deliveries(products):
    """In turn about all of them: in a large catalog each is one that was not touched before."""
    def run(bench, _):
        with contextlib.ExitStack() as stack:
            count = products or bench.options.large
            daemon = on_copy(bench, stack, count, "--as-delivered")
            return bench.load("deliveries", daemon, *bench.requests(), "--products", count, "--read-back", 2_000)
    return run


def held_reads(products):
    def run(bench, _):
        with contextlib.ExitStack() as stack:
            count = products or bench.options.large
            daemon = on_copy(bench, stack, count)
            return bench.load("reads", daemon, *bench.requests(), "--products", count)
    return run


def restart(products):
    """From starting the process to /readyz, and what is resident then."""
    def run(bench, _):
        count = products or bench.options.large
        began = time.monotonic()
        with bench.daemon(data=filled(bench, count)) as daemon:
            def ready():
                try:
                    return daemon.admin("/readyz") is not None
                except OSError:
                    return False
            wait_until(ready, 120, "/readyz")
            took = time.monotonic() - began
            if get(daemon.url, f"/api/products/{count}/stock")[0] != 200:
                raise Failed(f"product {count} is not served after the start")
            sizes = [len(get(daemon.url, f"/api/products/{1 + at * (count // 100)}/stock")[2]) for at in range(100)]
            return {"seconds": took, "cpu_seconds": daemon.cpu_seconds(), "memory": daemon.memory(), "products": count,
                    "answer_bytes": sum(sizes) / len(sizes)}
    return run


class Drain(threading.Thread):
    """Looks five times a second how much waits for the storefront, until nothing does."""

    NAME = 'ankkor_outbox_pending{target="next"}'

    def __init__(self, daemon, seconds):
        super().__init__()
        self.daemon_server, self.patience = daemon, seconds
        self.seconds, self.waiting = None, None
        self.start()

    def run(self):
        end = time.monotonic() + self.patience
        while time.monotonic() < end and self.seconds is None:
            with contextlib.suppress(OSError):
                self.waiting = self.daemon_server.metric(self.NAME)
                # Some of what comes meanwhile is always on its way.
                if self.waiting < 200:
                    self.seconds = time.monotonic() - self.daemon_server.began
            time.sleep(0.2)


def outbox(bench, _):
    """A start with so many changes that a storefront was not told of, and deliveries meanwhile."""
    count = bench.options.waiting
    shop, url = storefront_socket()
    with contextlib.ExitStack() as stack:
        stack.callback(shop.close)
        daemon = on_copy(bench, stack, count, "--waiting", count, storefront=url)
        before = daemon.cpu_seconds()
        drain = Drain(daemon, 60)
        # The deliveries are about other products: what is told of them is told beside the outbox.
        sample = bench.load("deliveries", daemon, "--connections", 16, "--products", 2_000, "--first-product",
                            10_000_000, "--rate", 200 if bench.options.quick else 1_000, "--settle", 60,
                            storefront=shop, seconds=1 if bench.options.quick else 5)
        drain.join()
        if drain.seconds is None:
            raise Failed(f"{drain.waiting:.0f} still wait for the storefront")
        sample["seconds"], sample["cpu_seconds"] = drain.seconds, daemon.cpu_seconds() - before
        return sample


# -- live streams ------------------------------------------------------------------------------------------------------

def streams(products, rate, seconds):
    def run(bench, _):
        with bench.daemon(ANKKOR_STREAMS_MAX=bench.options.streams, ANKKOR_CONNECTIONS_MAX=bench.options.streams + 500) \
                as daemon:
            return bench.load("streams", daemon, "--streams", bench.options.streams, "--products", products, "--rate",
                              rate, "--watch-process", daemon.pid, seconds=1 if bench.options.quick else seconds)
    return run


# -- catalogs ----------------------------------------------------------------------------------------------------------

def load_catalog(bench, _):
    """The initial load from the emulated store, then a full pass over it; CPU of the daemon alone."""
    if "shop" not in bench.measured:
        bench.measured["shop"] = emulated_shop(bench, bench.options.catalog)
    shop = bench.measured["shop"]
    with bench.daemon(shop=shop.url, ANKKOR_RECONCILE_INTERVAL="1h", **FAST_SHOP) as daemon:
        daemon.wait_for(r"(?P<loaded>The catalog is loaded)", 120)
        sample = {"seconds": time.monotonic() - daemon.began, "cpu_seconds": daemon.cpu_seconds(),
                  "memory": daemon.memory(), "shop_cpu_seconds": shop.cpu_seconds()}
        held = json.loads(daemon.admin("/admin/status"))["products"]
        sample["products"], sample["variations"] = held["held"], held["variations"]
        began, before = time.monotonic(), daemon.cpu_seconds()
        number = json.loads(daemon.admin("/admin/reconcile", {"type": "all-products"}))["id"]

        def passed():
            found = json.loads(daemon.admin(f"/admin/reconcile?id={number}"))
            return found.get("state", found.get("passes", [{}])[0].get("state")) == "done"
        wait_until(passed, 300, "a full pass", every=0.25)
        sample["scrub_seconds"], sample["scrub_cpu_seconds"] = time.monotonic() - began, daemon.cpu_seconds() - before
        return sample


def stop_shop(bench):
    shop = bench.measured.pop("shop", None)
    if shop:
        shop.stop()


ALL = [
    Scenario("deliveries", "Deliveries of 2.3 KB, many products",
             "The recorded simple product, each delivery signed, with its own ID, product, stock and date, in a closed "
             "loop. ankkor commits each to disk before its answer; no peer does.",
             [("ankkor", deliveries()), ("ankkor, telling", deliveries(telling=True)),
              ("floor: HMAC and parse", floor_deliveries("hmac")), ("floor: Beast answers", floor_deliveries("answer")),
              ("floor: loopback echo", echo),
              *((name, peer_deliveries(name)) for name in DELIVERY_PEERS)]),
    *(Scenario(f"deliveries-{size}", f"Deliveries of {size.upper()}B",
               "The same with a longer description.",
               [("ankkor", deliveries("--pad", pad)), ("floor: HMAC and parse", floor_deliveries("hmac", "--pad", pad))])
      for size, pad in LARGE_PAD.items()),
    Scenario("hot", "Deliveries about one hot product",
             "All connections change one product: its actor decides on them one at a time.",
             [("many products", deliveries()), ("one product", deliveries(products=1))]),
    Scenario("repeats", "A tenth duplicates, a tenth stale",
             "Duplicates are the bytes of one that was answered; stale ones have an ID of their own and an older date.",
             [("all fresh", deliveries()), ("with repeats", deliveries("--duplicates", 0.1, "--stale", 0.1))]),
    Scenario("half-rate", "Answers at half of the maximum rate",
             "An open loop, each latency counted from when the delivery was to be sent. Beside it, in turns, a loop of 4 "
             "KiB appends with fdatasync.",
             [("ankkor", at_rate(0.5)), ("floor: fdatasync", sync_loop)]),
    Scenario("forged", "True deliveries in a storm of forged ones",
             "True ones at a fixed rate; in the storm 64 connections send forged ones as fast as they are refused.",
             [("calm", at_rate(0.1)),
              ("storm", at_rate(0.1, "--beside", "forged", "--beside-connections", 64))]),
    Scenario("told", "From a delivery to the storefront's being told",
             "Changes at a fixed rate, each of another product; from the sending of a delivery to the call that names its "
             "product, at the storefront.",
             [("no window", told("0ms")), ("window of 100 ms", told("100ms"))]),
    Scenario("reads", "Reads of what is held",
             "GET /api/products/ID/stock by wrk, in turn over the products. The floor and nginx answer bytes that ankkor "
             "answered.",
             [("ankkor", hits()), ("floor: Beast, same bytes", floor_reads), ("nginx", peer_reads("nginx")),
              ("node-redis", peer_reads("node-redis"))]),
    Scenario("reads-other", "Other reads",
             "304 by ETag; batches of 100; misses, each asked for at an emulated store and answered 404.",
             [("hit", reads("hit")), ("304", reads("not-modified")), ("batch of 100", reads("batch")), ("miss", misses)]),
    Scenario("reads-storm", "Reads during a storm of deliveries",
             "Reads at a fixed rate, alone, and beside deliveries as fast as they are answered, on one core.",
             [("calm", reads_at_rate(False)), ("storm", reads_at_rate(True))]),
    Scenario("size", "Deliveries by the size of the catalog",
             "In turn about all products that are held; in the large catalog each one is touched for the first time. What "
             "is held differs from what is delivered by its stock alone.",
             [("1,000 products", held_deliveries(1_000)), ("large catalog", held_deliveries(None))]),
    Scenario("size-reads", "Reads by the size of the catalog", "The same for reads.",
             [("1,000 products", held_reads(1_000)), ("large catalog", held_reads(None))]),
    Scenario("restart", "Start with what is held",
             "From starting the process to /readyz; resident memory then.",
             [("1,000 products", restart(1_000)), ("large catalog", restart(None))]),
    Scenario("outbox", "Start with a full outbox",
             "That many changes wait for a storefront; 1,000 deliveries a second come meanwhile. Until all is told.",
             [("ankkor", outbox)]),
    Scenario("streams", "Event streams, a change a second",
             "All streams follow one product; from the sending of a delivery until the last of them has it.",
             [("ankkor", streams(1, 1, 4))]),
    Scenario("streams-100", "Event streams, a hundred changes a second",
             "Each stream follows one of 100 products that change in turn.",
             [("ankkor", streams(100, 100, 3))]),
    Scenario("catalog", "Initial load and scrub",
             "From an emulated store in a process of its own, without a budget: a tenth of the products variable with six "
             "variations each.",
             [("ankkor", load_catalog)], rounds=3, after=stop_shop),
]


def by_name(names):
    """Those whose names begin so; all without names."""
    chosen = [each for each in ALL if not names or any(each.name.startswith(name) for name in names)]
    if not chosen:
        raise Unavailable("No such scenario. There are: " + ", ".join(each.name for each in ALL))
    return chosen
