#!/usr/bin/env python3
"""Runs tools/gdb/minos.py over a program with parked fibers and looks for what it must say.

usage: gdb_test.py SOURCE_FOLDER PROGRAM   ends with 77, a listed skip, where nothing may be traced
"""
import os
import re
import subprocess
import sys

SOURCE, PROGRAM = sys.argv[1:3]
EXPECTED = [
    r"alpha +parked",
    r"beta +parked",
    r"main +running +command user\.create \(users\.c:12\)",
    r"fiber \d+ alpha: parked\n#0 +0x[0-9a-f]+ in .*\n(.*\n)*?#\d+ +0x[0-9a-f]+ in wait_for_ever.*parked\.c:\d+",
    r"MINOS_EIO: while looking up \(.*parked\.c:\d+\)",
    r"MINOS_EIO: no such moon \(.*parked\.c:\d+\)",
    r"\{id: 7, tags: \[\"a\"\]\}",
    r"\"seen\"",
]
COMMANDS = ["set debuginfod enabled off", "set width 0", "break look_here", "run", "minos fibers",
            "minos bt all", "minos errors", "print *value", "print view", "kill"]


def main():
    argv = ["gdb", "-q", "-nx", "-batch", "-x", os.path.join(SOURCE, "tools/gdb/minos.py")]
    for command in COMMANDS:
        argv += ["-ex", command]
    result = subprocess.run([*argv, PROGRAM], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    said = result.stdout + result.stderr
    if re.search(r"Operation not permitted|ptrace:|Could not trace", said):
        print("skipped: this machine lets no program be traced")
        sys.exit(77)
    missing = [pattern for pattern in EXPECTED if not re.search(pattern, said)]
    if missing:
        sys.exit("gdb did not say:\n  " + "\n  ".join(missing) + f"\nbut:\n{said}")
    print(f"{len(EXPECTED)} things said")


main()
