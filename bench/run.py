#!/usr/bin/env python3
"""Measures what the project promises and prints each number beside its peers and its goal.

usage: run.py [quick] [http|sleep|start|memory|inside|profile]...
Peers run in the same minutes as ours, in turn: A B C, A B C, A B C; the medians are compared.
"""
import glob
import mmap
import os
import re
import signal
import socket
import subprocess
import sys
import time

import servers
from harness import LOAD_CORE, BenchError, exchange, free_port, median, spread, wrk

QUICK = False
misses, passes = [], []


def judge(what, value, sense, goal, unit=""):
    """Note and tell whether a number reaches its goal."""
    good = value >= goal if sense == ">=" else value <= goal
    (passes if good else misses).append(what)
    return f"{'pass' if good else 'MISS'} ({value:.4g}{unit} {sense} {goal:g}{unit})"


def rounds():
    return 1 if QUICK else 3


def seconds():
    return 2 if QUICK else 5


def compare(title, started, path, connections, script=None):
    """Load each server in turn, several rounds; print the table; give the medians by name."""
    results = {server.name: [] for server in started}
    for server in started:
        wrk(server, path, connections, 1, script)
    for _ in range(rounds()):
        for server in started:
            results[server.name].append(wrk(server, path, connections, seconds(), script))
    base = median([r["rate"] for r in results[started[0].name]])
    print(f"\n{title}")
    print(f"  {'server':10} {'requests/s':>11} {'spread':>7} {'CPU µs/req':>11} {'p99 ms':>8} {'ours/it':>8}")
    medians = {}
    for name, runs in results.items():
        rates = [r["rate"] for r in runs]
        medians[name] = {key: median([r[key] for r in runs]) for key in ("rate", "cpu_us", "p99_ms")}
        faults = sorted({fault for r in runs for fault in r["faults"]})
        print(f"  {name:10} {medians[name]['rate']:11,.0f} {spread(rates):7.1%} "
              f"{medians[name]['cpu_us']:11.2f} {medians[name]['p99_ms']:8.2f} "
              f"{base / medians[name]['rate']:8.2f}  {'; '.join(faults)}")
        if faults and name == started[0].name:
            misses.append(f"{title}: {'; '.join(faults)}")
    return medians


def http():
    body = re.search(r"wrk.body = '(.*)'", open("bench/echo.lua", encoding="utf-8").read())[1].encode()
    started = [servers.ours(), servers.nginx(free_port()), servers.actix(), servers.go()]
    for server in started:
        status, content = exchange(server.port, path="/users/42")
        if status != 200 or b'"42"' not in content:
            raise BenchError(f"{server.name}: GET /users/42 gives {status} {content!r}")
        status, content = exchange(server.port, "POST", "/echo", body)
        if status != 200 or (server.name != "nginx" and b"john.doe@example.com" not in content):
            raise BenchError(f"{server.name}: POST /echo gives {status} {content!r}")
    for title, path, script in (("GET /users/42", "/users/42", None), ("POST /echo", "/echo", "bench/echo.lua")):
        m = compare(f"{title}, 64 connections", started, path, 64, script)
        rate, cpu = m["minos"]["rate"], m["minos"]["cpu_us"]
        print("  rate over nginx  ", judge(f"{title} over nginx", rate / m["nginx"]["rate"], ">=", 0.90))
        print("  CPU over nginx   ", judge(f"{title} CPU over nginx", cpu / m["nginx"]["cpu_us"], "<=", 1.15))
        print("  rate over actix  ", judge(f"{title} over actix-web", rate / m["actix"]["rate"], ">=", 1.0))
        print("  rate over Go     ", judge(f"{title} over Go", rate / m["go"]["rate"], ">=", 1.6))
    for server in started:
        server.stop()


def sleep():
    started = [servers.ours_sleeping(), servers.nginx(free_port(), True), servers.go(True)]
    m = compare("GET /sleep (10 ms), 1000 connections", started, "/sleep", 1000)
    print("  rate over ideal  ", judge("sleep over ideal", m["minos"]["rate"] / 100_000, ">=", 0.8))
    for server in started:
        server.stop()


def first_byte(server):
    """Seconds from spawn until the first byte of a 200 arrives."""
    until = time.monotonic() + 10
    request = b"GET /users/42 HTTP/1.1\r\nHost: x\r\n\r\n"
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 5) as link:
                link.sendall(request)
                answer = link.recv(64)
                taken = time.perf_counter() - server.spawned_at
                if answer.startswith(b"HTTP/1.1 200"):
                    return taken
                raise BenchError(f"{server.name} answers {answer!r}")
        except ConnectionRefusedError:
            time.sleep(0.0002)  # between two tries to connect
    raise BenchError(f"{server.name} does not start")


def start():
    taken = []
    for _ in range(5 if QUICK else 20):
        server = servers.ours(pinned=False)
        taken.append(first_byte(server) * 1000)
        server.stop()
    server = servers.ours()
    resident = server.resident_mib()
    server.stop()
    print(f"\nstart and idle memory ({len(taken)} starts)")
    print(f"  spawn to first byte, median (max {max(taken):.1f} ms)  ", judge("start", median(taken), "<=", 20, " ms"))
    print("  resident memory, idle  ", judge("idle memory", resident, "<=", 8, " MiB"))


def keep_alive(link, request, count):
    """Send requests one after another on one connection and read each whole answer."""
    buffered = b""
    for _ in range(count):
        link.sendall(request)
        while b"\r\n\r\n" not in buffered:
            buffered += link.recv(65536)
        head, _, buffered = buffered.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(buffered) < length:
            buffered += link.recv(65536)
        buffered = buffered[length:]


def memory():
    """Allocations of the steady state, counted by an interposer."""
    path = os.path.join(servers.WORK, "malloc.count")
    with open(path, "wb") as file:
        file.write(b"\0" * 8)
    server = servers.ours(env={"LD_PRELOAD": f"{servers.RELEASE}/bench/libmalloc_count.so",
                               "MINOS_MALLOC_COUNT": path})
    request = b"GET /users/42 HTTP/1.1\r\nHost: x\r\n\r\n"
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 8) as shared, \
            socket.create_connection(("127.0.0.1", server.port), 5) as link:
        read = lambda: int.from_bytes(shared[:8], "little")
        keep_alive(link, request, 1000)
        before = read()
        keep_alive(link, request, 10_000)
        count = read() - before
    server.stop()
    if before == 0:
        raise BenchError("the allocation counter counts nothing")
    print("\nallocations over 10,000 GETs after 1,000")
    print("  malloc and its siblings  ", judge("allocations", count, "<=", 0), f"({before} before)")


def goals():
    """Give (program, name) → (sense, goal) of bench/goals.txt."""
    rows = {}
    with open("bench/goals.txt", encoding="utf-8") as file:
        for line in file:
            words = re.split(r"\s{2,}|\t", line.strip())
            if not line.startswith("#") and len(words) >= 4:
                rows[words[0], words[1]] = (words[2], float(words[3]))
    return rows


# A line of a *_bench program: name, value, unit, and whatever else it wants to say.
LINE = re.compile(r"(\S.*?)\s{2,}([\d.]+)\s+(\w*/s|[nuµm]?s|bytes|[KMG]iB|allocations)(?=\W|$)")


def run_inside(program):
    """Run a program a few times: name → (values, unit), in its own order."""
    values = {}
    for _ in range(rounds()):
        result = subprocess.run(["taskset", "-c", LOAD_CORE, program], capture_output=True, text=True,
                                timeout=300)
        if result.returncode != 0:
            raise BenchError(f"ends with {result.returncode}: {result.stdout[-200:]} {result.stderr[-300:]}")
        for line in result.stdout.splitlines():
            match = LINE.match(line.strip())
            if match:
                values.setdefault(match[1].rstrip(":"), ([], match[3]))[0].append(float(match[2]))
    return values


def inside():
    """The in-process programs: each prints `name value unit` lines."""
    known = goals()
    print(f"\nin process (median of {rounds()})")
    for path in sorted(glob.glob(f"{servers.RELEASE}/bench/*_bench")):
        program = os.path.basename(path)
        print(f"  {program}")
        try:
            values = run_inside(path)
        except BenchError as error:
            misses.append(program)
            print(f"    {error}")
            continue
        for name, (numbers, unit) in values.items():
            goal = known.pop((program, name), None)
            verdict = judge(f"{program} {name}", median(numbers), *goal) if goal else ""
            print(f"    {name:36} {median(numbers):14,.6g} {unit:6} {spread(numbers):6.1%}  {verdict}")
    for program, name in known:
        misses.append(f"{program} {name}")
        print(f"  {program}: {name}: not measured")


def profile():
    """Where the time of ours goes under each load; needs perf (Debian: linux-perf)."""
    loads = (("GET /users/42", servers.ours, "/users/42", 64, None),
             ("POST /echo", servers.ours, "/echo", 64, "bench/echo.lua"),
             ("GET /sleep", servers.ours_sleeping, "/sleep", 1000, None))
    for title, make, path, connections, script in loads:
        server = make()
        data = os.path.join(servers.WORK, "perf.data")
        wrk(server, path, connections, 1, script)
        perf = subprocess.Popen(["perf", "record", "-q", "-F", "1999", "-o", data, "-p", str(server.process.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrk(server, path, connections, seconds(), script)
        perf.send_signal(signal.SIGINT)
        perf.wait()
        server.stop()
        print(f"\nprofile of {title}")
        for limit, order in (("1", "dso"), ("0.7", "dso,symbol")):
            report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--percent-limit", limit,
                                     "--sort", order], capture_output=True, text=True).stdout
            lines = [line for line in report.splitlines() if line.strip() and line[0] != "#"]
            print("\n".join("  " + re.sub(r"[\s-]+$", "", line) for line in lines) + "\n")


SECTIONS = {"http": http, "sleep": sleep, "start": start, "memory": memory, "inside": inside}


def main():
    global QUICK
    words = sys.argv[1:]
    QUICK = "quick" in words
    wanted = [word for word in words if word != "quick"] or list(SECTIONS)
    known = {**SECTIONS, "profile": profile}
    unknown = [word for word in wanted if word not in known]
    if unknown:
        print(f"usage: script/bench [quick] [{'|'.join(known)}]...", file=sys.stderr)
        sys.exit(2)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}"
          + (": other work runs here, the numbers are worth less" if load > 0.7 else ""))
    for name in wanted:
        try:
            known[name]()
        except BenchError as error:
            misses.append(name)
            print(f"\n{name}: {error}")
        sys.stdout.flush()
    print(f"\n{len(passes)} goals reached, {len(misses)} missed{': ' + ', '.join(misses) if misses else ''}")
    sys.exit(1 if misses else 0)


if __name__ == "__main__":
    main()
