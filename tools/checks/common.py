"""What the checks share: finding sources, reporting faults, running a check's own test.

A check is a program with a function `faults(path, text)` that gives (line, message) pairs, and rows
of (name, path, text, expected messages) that show what it finds. Every run proves the rows first.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = ("include", "src", "plugins", "tools", "examples", "tests", "bench")


def files(*endings, under=OURS):
    """Give our files with one of the endings, as paths from the root, sorted."""
    found = []
    for top in under:
        for folder, folders, names in os.walk(os.path.join(ROOT, top)):
            folders[:] = [f for f in folders if f not in ("build", "target", "__pycache__", "corpus")]
            found += [os.path.relpath(os.path.join(folder, n), ROOT)
                      for n in names if n.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text, keep_strings=True):
    """Blank comments (and, on demand, the insides of strings), keeping every line where it is."""
    def blank(match):
        part = match.group(0)
        if part[0] in "\"'":
            if keep_strings:
                return part
            return part[0] + " " * (len(part) - 2) + part[0]
        return re.sub(r"[^\n]", " ", part)
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, blank, text, flags=re.S)


def prove(name, faults, rows):
    """Run a check's own rows: each (what, path, text, [part of each expected message])."""
    for what, path, text, expected in rows:
        got = [message for _, message in faults(path, text)]
        if len(got) != len(expected) or not all(e in g for e, g in zip(expected, got)):
            sys.exit(f"{name}: its own test \"{what}\" gives {got}, expected {expected}")


def finish(name, count, found, what="files"):
    """Print the faults as file:line: message and a summary; end the program."""
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    print(f"{name}: {count} {what}, {len(found)} faults")
    sys.exit(1 if found else 0)


def main(name, faults, rows, paths):
    """Prove the check, then run it over the paths."""
    prove(name, faults, rows)
    found = [(path, line, message) for path in paths for line, message in faults(path, read(path))]
    finish(name, len(paths), found)
