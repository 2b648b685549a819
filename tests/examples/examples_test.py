"""The samples that README and examples/ give, tried: nginx in front of a real daemon, systemd's unit, Varnish's VCL.

    examples_test.py ANKKOR SOURCE_DIRECTORY WORK_DIRECTORY

Only what a machine must have differently is replaced in them: paths, ports.
"""

import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

ANKKOR, SOURCE, WORK = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1))
EXAMPLES = SOURCE / "examples"
PATIENCE = 20  # s; long, since it costs only a failing test that time


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def replaced(text, *pairs):
    """Each pair's first is in the text, and becomes its second."""
    for old, new in pairs:
        assert old in text, f"the sample doesn't hold {old!r} any more"
        text = text.replace(old, new)
    return text


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not happen in time: {what}")


class Daemon:
    def __init__(self, place):
        self.log = place / "ankkor.log"
        settings = {
            "WOOCOMMERCE_STORE_URL": "http://127.0.0.1:9",
            "WOOCOMMERCE_CONSUMER_KEY": "ck_x",
            "WOOCOMMERCE_CONSUMER_SECRET": "cs_x",
            "WOOCOMMERCE_WEBHOOK_SECRET": "x",
            "ANKKOR_LISTEN": "127.0.0.1:0",
            "ANKKOR_ADMIN_LISTEN": "127.0.0.1:0",
            "ANKKOR_DATA_DIR": str(place / "data"),
            "ANKKOR_LOG_FORMAT": "text",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([ANKKOR, "serve"], env=settings, stderr=log)
        said = wait_for("ankkor listens", lambda: re.search(r"takes webhooks.* port=(\d+)", self.log.read_text()))
        self.port = int(said[1])

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


class Nginx(unittest.TestCase):
    def setUp(self):
        self.place = WORK / "nginx"
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        self.daemon = Daemon(self.place)
        self.addCleanup(self.daemon.stop)
        self.port = free_port()
        certificate, key = self.place / "cert.pem", self.place / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-subj", "/CN=sync.shop.example", "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        sample = replaced(
            (EXAMPLES / "nginx" / "ankkor.conf").read_text(),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/ssl/sync.shop.example.pem", str(certificate)),
            ("/etc/ssl/sync.shop.example.key", str(key)),
            ("http://127.0.0.1:8080", f"http://127.0.0.1:{self.daemon.port}"))
        temporary = "".join(
            f"{kind}_temp_path {self.place}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.config = self.place / "nginx.conf"
        self.config.write_text(
            f"daemon off;\nmaster_process off;\npid {self.place}/nginx.pid;\nerror_log {self.place}/error.log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{sample}}}\n")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        command = [nginx, "-p", str(self.place), "-c", str(self.config), "-e", str(self.place / "error.log")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertNotIn("[warn]", checked.stderr)
        self.server = subprocess.Popen(command)
        self.addCleanup(self.stop)
        wait_for("nginx listens", self.listens)

    def stop(self):
        self.server.terminate()
        self.server.wait(PATIENCE)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, path, **more):
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", **more)
        return urllib.request.urlopen(request, context=trusting, timeout=PATIENCE)

    def status(self, path, **more):
        try:
            with self.ask(path, **more) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_webhooks_and_reads_pass_and_the_admin_routes_do_not(self):
        with self.ask("/api/webhooks/woocommerce") as answer:
            self.assertEqual(answer.read(), b'{"status":"active"}')
        self.assertEqual(self.status("/api/webhooks/woocommerce", data=b"{}"), 401)
        # More than nginx's own limit of 1 MiB: the signature is what is wrong with it.
        self.assertEqual(self.status("/api/webhooks/woocommerce", data=b"x" * 3_000_000), 401)
        for path in ("/metrics", "/admin/status", "/healthz"):
            self.assertEqual(self.status(path), 404, path)

    def test_live_updates_are_not_held_back(self):
        with self.ask("/api/stock-updates?products=34") as stream:
            self.assertEqual(stream.headers["Content-Type"].split(";")[0], "text/event-stream")
            lines = []
            while not any("connected" in line for line in lines):
                lines.append(stream.readline().decode())
        self.assertTrue(any(line.startswith("data:") for line in lines))


class Systemd(unittest.TestCase):
    def test_the_unit_holds_nothing_that_systemd_does_not_know(self):
        WORK.mkdir(parents=True, exist_ok=True)
        unit = WORK / "ankkor.service"
        unit.write_text(replaced((EXAMPLES / "systemd" / "ankkor.service").read_text(), ("/usr/local/bin/ankkor", ANKKOR)))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))


class Varnish(unittest.TestCase):
    def test_the_whole_vcl_compiles(self):
        WORK.mkdir(parents=True, exist_ok=True)
        vcl = WORK / "default.vcl"
        vcl.write_text(replaced((EXAMPLES / "varnish" / "default.vcl").read_text(),
                                ("/etc/varnish/ankkor.vcl", str(EXAMPLES / "varnish" / "ankkor.vcl"))))
        varnishd = shutil.which("varnishd") or "/usr/sbin/varnishd"
        compiled = subprocess.run([varnishd, "-C", "-j", "none", "-n", str(WORK / "varnish"), "-f", str(vcl)],
                                  capture_output=True, text=True)
        self.assertEqual(compiled.returncode, 0, compiled.stderr)


class Readme(unittest.TestCase):
    def test_it_gives_the_route_handler_as_the_example_has_it(self):
        self.assertIn("(examples/storefront/app/api/revalidate/route.ts)", (SOURCE / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
