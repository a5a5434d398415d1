#!/usr/bin/env python3
"""Installs a build into a prefix of its own and uses it as a stranger would: examples/users is built by
pkg-config and by CMake, each outside of the tree, and answers a request.

usage: install_test.py SOURCE_FOLDER BUILD_FOLDER
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

SOURCE, BUILD = sys.argv[1:3]
INSTALLED = ["bin/minos", "include/minos/minos.h", "share/man/man1/minos.1", "share/man/man5/minos.yml.5",
             "share/man/man3/minos_reply.3", "share/bash-completion/completions/minos"]


def run(*argv, **more):
    result = subprocess.run(argv, capture_output=True, text=True, **more)
    if result.returncode != 0:
        sys.exit(f"{' '.join(argv)} ends with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def find(prefix, name):
    for folder, _, names in os.walk(prefix):
        if name in names:
            return os.path.join(folder, name)
    sys.exit(f"the prefix lacks {name}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(port):
    with socket.create_connection(("127.0.0.1", port), 10) as link:
        link.sendall(b"GET /users/42 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = b""
        while part := link.recv(65536):
            got += part
    return got


def serve(program, environment):
    """Start the program, ask it whenever it says something, and end it; give the answer."""
    port = free_port()
    process = subprocess.Popen(
        [program, "--config", os.path.join(SOURCE, "examples/users/config.yml")], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**environment, "MINOS_INTERFACES_HTTP_CONNECTOR_PORT": str(port),
             "MINOS_INTERFACES_HTTP_CONNECTOR_HOST": "127.0.0.1"})
    said = ""
    try:
        for line in process.stdout:
            said += line
            try:
                return answer(port)
            except ConnectionRefusedError:
                continue
        sys.exit(f"{program} ended with {process.wait()}:\n{said}")
    finally:
        process.terminate()
        rest = process.stdout.read()
        if process.wait(30) != 0:
            sys.exit(f"{program} ended with {process.returncode}:\n{said}{rest}")


def expect_user(program, environment):
    got = serve(program, environment)
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or json.loads(body) != {"id": "42", "name": "John Doe"}:
        sys.exit(f"{program} answers {got!r}")
    print(f"ok: {os.path.basename(os.path.dirname(program))}")


def main():
    with tempfile.TemporaryDirectory() as work:
        prefix = os.path.join(work, "prefix")
        run("cmake", "--install", BUILD, "--prefix", prefix)
        for name in INSTALLED:
            if not os.path.exists(os.path.join(prefix, name)):
                sys.exit(f"the prefix lacks {name}")
        bare = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        if not run(os.path.join(prefix, "bin/minos"), "version", env=bare).startswith("minos "):
            sys.exit("the installed minos does not tell its version")
        shutil.copy(os.path.join(SOURCE, "examples/users/users.c"), work)
        library = os.path.dirname(find(prefix, "libminos.so"))
        environment = {**os.environ, "LD_LIBRARY_PATH": library,
                       "PKG_CONFIG_PATH": os.path.dirname(find(prefix, "minos.pc"))}
        flags = run("pkg-config", "--cflags", "--libs", "minos", env=environment).split()
        if "-fstack-clash-protection" not in flags:
            sys.exit(f"minos.pc lacks -fstack-clash-protection: {flags}")
        for way in ("pkg-config", "cmake"):
            os.mkdir(os.path.join(work, way))
        by_hand = os.path.join(work, "pkg-config", "users")
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", os.path.join(work, "users.c"),
            "-o", by_hand, *flags)
        expect_user(by_hand, environment)

        project = os.path.join(work, "cmake")
        run("cmake", "-G", "Ninja", "-S", os.path.join(SOURCE, "tests/package/consumer"), "-B", project,
            f"-DCMAKE_PREFIX_PATH={prefix}", f"-DUSERS_SOURCE={work}/users.c")
        run("cmake", "--build", project)
        expect_user(os.path.join(project, "users"), environment)


main()
