"""Servers under measurement: starts them on loopback, each in a session of its own and on a core of its own, reads
from /proc what they use, and ends them whatever happens.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 10
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Unavailable(Exception):
    """Something isn't on this machine, or doesn't start: left out, with the reason in the report."""


class Failed(Exception):
    """A measurement that gave no result."""


def pinned(core, command):
    """The command on one core; on all where there is nothing to pin with."""
    return command if core is None else ["taskset", "-c", str(core), *map(str, command)]


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")


def stat_fields(pid):
    """/proc/PID/stat as its name and the fields behind it; nothing of a process that has gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    return name, rest.split()


def precise_seconds(pid):
    """Of the threads that run, to the nanosecond."""
    total = 0.0
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0]) / 1e9
        except (OSError, IndexError, ValueError):
            continue
    return total


def cpu_of_session(session):
    """Seconds of CPU by program, as bench/load/processes.cpp counts them."""
    times = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        found = stat_fields(entry)
        if found is None or int(found[1][3]) != session:
            continue
        name, fields = found
        ticks = (int(fields[11]) + int(fields[12])) / TICK
        ended = (int(fields[13]) + int(fields[14])) / TICK
        precise = precise_seconds(entry)
        times[name] = times.get(name, 0.0) + (precise if ticks - precise < 0.02 else ticks) + ended
    return times


def used_between(before, after):
    return {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}


class Server:
    """A running server. `port` is its public port."""

    def __init__(self, name, command, environment, log, core, ready, streams=("stdout", "stderr")):
        self.name = name
        self.log = pathlib.Path(log)
        self.began = time.monotonic()
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(pinned(core, command), env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True)
        try:
            self.ready = self.wait_for(ready)
        except BaseException:
            self.stop()
            raise
        self.port = int(self.ready["port"])

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, pattern, seconds=START_SECONDS):
        """The named groups of what it has written, once it has."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.log.read_text(errors="replace"))
            if found:
                return found.groupdict()
            if self.process.poll() is not None:
                raise Unavailable(f"{self.name} ended with status {self.process.returncode}: {self.tail()}")
            time.sleep(0.005)
        raise Unavailable(f"{self.name} was not ready within {seconds} s: {self.tail()}")

    def tail(self):
        return " | ".join(self.log.read_text(errors="replace").strip().splitlines()[-3:])[-600:]

    def memory(self):
        """Bytes resident."""
        try:
            return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            return 0

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return 0

    def cpu_seconds(self):
        return sum(cpu_of_session(self.pid).values())

    def stop(self):
        """Ends it as its operator would, and its session by force if it doesn't. Answers the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Daemon(Server):
    """ankkor itself, with the admin listener's figures."""

    READY = r'"ankkor takes webhooks[^\n]*"port":(?P<port>\d+)[^\n]*"admin_port":(?P<admin>\d+)'

    def __init__(self, binary, environment, log, core):
        super().__init__("ankkor", [binary, "serve"], environment, log, core, self.READY)
        self.admin_port = int(self.ready["admin"])

    def admin(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.admin_port}{path}", data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def metrics(self):
        """Each sample by its name with labels, as it is written."""
        found = {}
        for line in self.admin("/metrics").splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found

    def metric(self, name):
        return self.metrics().get(name, 0.0)
