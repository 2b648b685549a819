"""The benchmark's peers do what they are compared for: started as the driver starts them, each is given one recorded
delivery, or products to serve, and has to verify, keep, answer and tell.

    peers_test.py SOURCE_DIRECTORY WORK_DIRECTORY
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE, WORK = pathlib.Path(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1))
PATIENCE = 60  # s; long, since it costs only a failing test that time
SECRET = "woo-lab-secret-0123456789"  # the recordings' (tests/recordings/FACTS.md, section 0)
RECORDED = json.loads((SOURCE / "tests/recordings/webhooks/008-stock-rest-put.json").read_text(encoding="utf-8"))
BODY = base64.b64decode(RECORDED["body_base64"])
HEADERS = {name: value for name, value in RECORDED["headers"]
           if name not in ("Host", "Connection", "Content-Length", "Accept-Encoding")}
# The recorded product 14, simple-product-5, has 77 in stock; the same with one less, for a second delivery.
SOLD_ONE = BODY.replace(b'"stock_quantity":77', b'"stock_quantity":76')


def signed(body, as_text=lambda digest: base64.b64encode(digest).decode()):
    digest = hmac.digest(SECRET.encode(), body, hashlib.sha256)
    return HEADERS | {"X-WC-Webhook-Signature": as_text(digest)}


class Storefront:
    """Takes the calls that tell of a change."""

    def __init__(self):
        self.calls = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls.append((self.headers["Authorization"], json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api/revalidate"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def members_of_session(session):
    """The processes of a session that haven't ended."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(stat.parent.name)
    return found


class Peer:
    """One peer, running."""

    def __init__(self, name, products=None, environment=None):
        folder = SOURCE / "bench/peers" / name
        self.data = tempfile.TemporaryDirectory(prefix="ankkor-peer-")
        work = WORK / name
        if (folder / "prepare").exists():
            done = subprocess.run([folder / "prepare", "--work", work], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        command = [folder / "start", "--port", "0", "--work", work, "--data", self.data.name]
        if products:
            command += ["--products", products]
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith("BENCH_")}
        self.log = open(pathlib.Path(self.data.name) / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, start_new_session=True,
            env=surroundings | {"BENCH_WEBHOOK_SECRET": SECRET} | (environment or {}))
        self.port = int(re.fullmatch(rb"listening (\d+)\n", self.first_line())[1])

    def first_line(self):
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            assert waiting.select(PATIENCE), "it did not say in time where it listens"
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise AssertionError(f"it did not start: {self.log.read()}")
        return line

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        said = answer.status, answer.read(), answer.headers
        connection.close()
        return said

    def deliver(self, body, headers):
        return self.ask("POST", "/api/webhooks/woocommerce", body, headers)[0]

    def stock(self):
        status, body, _ = self.ask("GET", "/api/products/14/stock")
        return json.loads(body)["stockQuantity"] if status == 200 else status

    def stop(self):
        """What is left of it after 5 s, which has to be nothing."""
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 5
        while (left := members_of_session(self.process.pid)) and time.monotonic() < deadline:
            self.process.poll()
            time.sleep(0.02)
        if left:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.data.cleanup()
        return left


class PeerTest(unittest.TestCase):
    def start(self, *arguments, **options):
        peer = Peer(*arguments, **options)
        self.addCleanup(lambda: self.assertEqual(peer.stop(), []))
        return peer

    def storefront(self):
        storefront = Storefront()
        self.addCleanup(storefront.close)
        return storefront

    def products(self, lines):
        file = tempfile.NamedTemporaryFile(prefix="ankkor-peer-products-")
        self.addCleanup(file.close)
        file.write(b"".join(line + b"\n" for line in lines))
        file.flush()
        return file.name

    def expect_forgeries_refused(self, peer, right):
        wrong = signed(BODY) | {"X-WC-Webhook-Signature": right(SOLD_ONE)["X-WC-Webhook-Signature"]}
        absent = {name: value for name, value in HEADERS.items() if name != "X-WC-Webhook-Signature"}
        self.assertEqual(peer.deliver(BODY, wrong), 401)
        self.assertEqual(peer.deliver(BODY, absent), 401)


class TheDeliveryPeers(PeerTest):
    def test_the_recording_is_what_the_others_are_told_it_is(self):
        self.assertEqual(signed(BODY), HEADERS)
        self.assertNotEqual(BODY, SOLD_ONE)

    def test_node_verifies_keeps_and_tells_before_it_answers(self):
        storefront = self.storefront()
        peer = self.start("node", environment={"BENCH_REVALIDATE_URL": storefront.url, "BENCH_REVALIDATE_SECRET": "s"})
        self.expect_forgeries_refused(peer, signed)
        self.assertEqual((peer.stock(), storefront.calls), (404, []))
        self.assertEqual((peer.deliver(BODY, HEADERS), peer.stock()), (200, 77))
        self.assertEqual(peer.deliver(SOLD_ONE, signed(SOLD_ONE)), 200)
        self.assertEqual(len(storefront.calls), 2)
        self.assertEqual(peer.stock(), 76)
        authorization, call = storefront.calls[0]
        self.assertEqual(authorization, "Bearer s")
        self.assertEqual((call["tags"], call["paths"]),
                         (["product-14", "product-simple-product-5"], ["/product/simple-product-5"]))

    def test_node_with_a_window_tells_once_of_what_came_within_it(self):
        storefront = self.storefront()
        peer = self.start("node", environment={"BENCH_REVALIDATE_URL": storefront.url, "BENCH_REVALIDATE_SECRET": "s",
                                               "BENCH_REVALIDATE_WINDOW_MS": "3000"})
        self.assertEqual(peer.deliver(BODY, HEADERS), 200)
        self.assertEqual(peer.deliver(SOLD_ONE, signed(SOLD_ONE)), 200)
        deadline = time.monotonic() + PATIENCE
        while not storefront.calls and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(len(storefront.calls), 1)
        self.assertEqual(storefront.calls[0][1]["tags"], ["product-14", "product-simple-product-5"])

    def test_nextjs_verifies_keeps_and_makes_a_kept_page_anew(self):
        peer = self.start("nextjs")

        def page():
            status, body, headers = peer.ask("GET", "/product/simple-product-5")
            return status, re.search(rb"<p>(.*?)</p>", body)[1], headers["x-nextjs-cache"]

        self.expect_forgeries_refused(peer, signed)
        self.assertEqual(peer.stock(), 404)
        self.assertEqual((peer.deliver(BODY, HEADERS), peer.stock()), (200, 77))
        self.assertEqual(page(), (200, b"in stock: 77", "MISS"))
        self.assertEqual(page(), (200, b"in stock: 77", "HIT"))
        self.assertEqual(peer.deliver(SOLD_ONE, signed(SOLD_ONE)), 200)
        self.assertEqual(peer.stock(), 76)
        self.assertEqual(page()[:2], (200, b"in stock: 76"))

    def test_webhook_verifies_what_is_signed_in_hex(self):
        peer = self.start("adnanh-webhook")

        def in_hex(body):
            return signed(body, bytes.hex)

        self.expect_forgeries_refused(peer, in_hex)
        self.assertEqual(peer.deliver(BODY, in_hex(BODY)), 200)
        # As WooCommerce signs it, in base64, it can't be verified: peer.json says so.
        self.assertEqual(peer.deliver(BODY, HEADERS), 401)
        self.assertEqual(json.loads((SOURCE / "bench/peers/adnanh-webhook/peer.json").read_text())["signature"], "hex")


class TheReadPeers(PeerTest):
    LINES = [b'{"id":14,"type":"product","stockQuantity":77,"variations":[]}', '{"id":15,"name":"Ελλ"}'.encode()]

    def expect_lines_served(self, peer):
        for product, line in zip((14, 15), self.LINES):
            status, body, headers = peer.ask("GET", f"/api/products/{product}/stock")
            self.assertEqual((status, body, headers["Content-Type"]), (200, line, "application/json"))
        self.assertEqual(peer.ask("GET", "/api/products/16/stock")[0], 404)

    def test_nginx_serves_a_file_for_each_product(self):
        self.expect_lines_served(self.start("nginx", products=self.products(self.LINES)))

    def test_redis_behind_a_node_route_serves_what_redis_has(self):
        self.expect_lines_served(self.start("node-redis", products=self.products(self.LINES)))


class TheDescriptions(unittest.TestCase):
    def test_say_of_each_peer_what_the_report_needs(self):
        for folder in sorted(path.parent for path in (SOURCE / "bench/peers").glob("*/start")):
            with self.subTest(folder.name):
                peer = json.loads((folder / "peer.json").read_text(encoding="utf-8"))
                self.assertTrue({"title", "does", "needs", "reads_back", "tells", "note"} <= set(peer))
                self.assertTrue(set(peer["does"]) <= {"deliveries", "reads"} and peer["does"])


if __name__ == "__main__":
    unittest.main()
