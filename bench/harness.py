"""Servers under load: starting one on a free port, waiting until it answers, counting its processor
time, driving it with wrk, and ending it for sure."""
import atexit
import os
import re
import signal
import socket
import statistics
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS_MAX = 20
SERVER_CORE, LOAD_CORE = "0", "1"
alive = []


class BenchError(Exception):
    """Something a reader must see instead of a number."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def exchange(port, method="GET", path="/", body=b"", timeout=5.0):
    """One request on a connection of its own: (status, body)."""
    head = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout) as link:
        link.sendall(head.encode() + body)
        answer = b""
        while part := link.recv(65536):
            answer += part
    status, _, rest = answer.partition(b" ")[2].partition(b" ")
    return int(status), answer.partition(b"\r\n\r\n")[2]


def family(pid):
    """Give a process and all its descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parents.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
            except OSError:
                continue
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


class Server:
    """One server process (and its workers) on a port of its own."""

    def __init__(self, name, argv, ready="/users/42", env=None, cwd=None, port=None, pinned=True):
        self.name, self.ready = name, ready
        self.port = port or free_port()
        argv = [str(self.port) if word == "{port}" else word for word in argv]
        environment = {**os.environ, **{key: value.replace("{port}", str(self.port))
                                        for key, value in (env or {}).items()}}
        pin = ["taskset", "-c", SERVER_CORE] if pinned else []
        self.log = open(f"build/bench/{name}.log", "wb")
        self.spawned_at = time.perf_counter()
        self.process = subprocess.Popen(pin + argv, env=environment, cwd=cwd, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        alive.append(self)
        if pinned:
            self.wait_ready()

    def wait_ready(self):
        """Ask until a 200 comes; a server that ends or never answers is an error with its log."""
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if exchange(self.port, path=self.ready)[0] == 200:
                    return
            except (OSError, ValueError):
                pass
            time.sleep(0.01)  # between two questions; nothing depends on its length
        self.stop()
        with open(self.log.name, errors="replace") as file:
            raise BenchError(f"{self.name} does not answer {self.ready}: {file.read()[-600:]}")

    def cpu_seconds(self):
        """User and system time of all its processes so far."""
        total = 0
        for pid in family(self.process.pid):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_mib(self):
        total = 0
        for pid in family(self.process.pid):
            with open(f"/proc/{pid}/status") as file:
                total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
        return total / 1024

    def stop(self):
        """End it: first asked, then not asked."""
        if self in alive:
            alive.remove(self)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                for pid in reversed(family(self.process.pid)):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                self.process.wait()
        self.log.close()


def stop_all():
    for server in list(alive):
        server.stop()


atexit.register(stop_all)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: exit(1))


def wrk(server, path, connections, seconds, script=None):
    """Load a server; give rate, CPU microseconds per request, p99 in ms, and what went wrong."""
    argv = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
            *(["-s", script] if script else []), f"http://127.0.0.1:{server.port}{path}"]
    before = server.cpu_seconds()
    result = subprocess.run(argv, capture_output=True, text=True, timeout=seconds + 30)
    used = server.cpu_seconds() - before
    count = re.search(r"(\d+) requests in", result.stdout)
    if result.returncode != 0 or not count or int(count[1]) == 0:
        raise BenchError(f"wrk against {server.name}: {result.stdout[-300:]} {result.stderr[-300:]}")
    faults = re.findall(r"(?:Socket errors|Non-2xx).*", result.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", result.stdout)
    scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}[p99[2]]
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", result.stdout)[1]),
            "cpu_us": used / int(count[1]) * 1e6, "p99_ms": float(p99[1]) * scale, "faults": faults}


def median(numbers):
    return statistics.median(numbers)


def spread(numbers):
    """Half the distance between the extremes, as a share of the median."""
    middle = median(numbers)
    return (max(numbers) - min(numbers)) / 2 / middle if middle else 0.0
