"""Reads the public headers: every exported function with its doc comment, every type, every macro.

The headers keep to one form (style.md, "Public docs"), which is what makes reading them simple: an
exported declaration begins with MINOS_API and ends with a semicolon; its doc is the /** comment that
ends right before it. What stands under a comment "Beneath the macros." is not for users.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

TAGS = ("param", "retval", "return", "yields", "noyield", "thread", "lifetime", "std", "since")
ATTRIBUTES = re.compile(r"\b(MINOS_API|MINOS_MUST_CHECK|MINOS_MALLOC|MINOS_COLD|MINOS_PRINTF\([^)]*\))\s*")


class Doc:
    """A doc comment, taken apart: prose, params, retvals, and the four aliases."""

    def __init__(self, comment):
        text = re.sub(r"^[ \t]*\* ?", "", comment.strip().removeprefix("/**").removesuffix("*/"), flags=re.M)
        self.tags = []
        pattern = r"@(%s)\b(?:\{([^}]*)\})?" % "|".join(TAGS)
        places = list(re.finditer(pattern, text))
        self.prose = (text[:places[0].start()] if places else text).strip()
        for place, following in zip(places, places[1:] + [None]):
            rest = text[place.end():following.start() if following else len(text)].strip()
            self.tags.append((place[1], place[2], rest))

    @property
    def sentence(self):
        """The first sentence, on one line."""
        flat = re.sub(r"\s+", " ", self.prose)
        match = re.match(r".*?[.;:](?=\s|$)", flat)
        return (match[0][:-1] if match else flat).strip()

    def all(self, tag):
        return [(inside, rest) for name, inside, rest in self.tags if name == tag]

    def pairs(self, tag):
        """@param and @retval: (name, text)."""
        found = []
        for _, rest in self.all(tag):
            name, _, text = rest.partition(" ")
            name, _, more = name.partition("\n")
            if name in ("[in]", "[out]", "[in,out]"):
                name, _, text = text.strip().partition(" ")
            found.append((name, re.sub(r"\s+", " ", more + text).strip()))
        return found


class Function:
    def __init__(self, header, line, declaration, doc, beneath):
        self.header, self.line, self.doc, self.beneath = header, line, doc, beneath
        self.declaration = re.sub(r"\s+", " ", ATTRIBUTES.sub("", declaration)).strip()
        match = re.search(r"\b(\w+)\s*\(", self.declaration)
        self.name = match[1] if match else re.search(r"(\w+)\s*(\[[^]]*\])?;", self.declaration)[1]
        self.parameters = self.read_parameters() if match else []

    def read_parameters(self):
        inside = self.declaration[self.declaration.index("(") + 1:self.declaration.rindex(")")]
        names, depth, start = [], 0, 0
        for at, sign in enumerate(inside + ","):
            depth += (sign == "(") - (sign == ")")
            if sign == "," and depth == 0:
                piece = inside[start:at]
                start = at + 1
                match = re.search(r"\(\*(\w+)\)", piece) or re.search(r"(\w+)\s*(\[[^]]*\])?\s*$", piece)
                if match and match[1] != "void" and "..." not in piece:
                    names.append(match[1])
        return names


class Header:
    def __init__(self, path):
        self.path = path
        self.name = path.removeprefix("include/")
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            self.text = file.read()
        opening = re.match(r"/\*(.*?)\*/", self.text, re.S)
        self.about = re.sub(r"^[ \t]*\* ?", "", opening[1], flags=re.M).strip() if opening else ""
        self.functions = []
        self.types = []
        self.read()

    def read(self):
        """Walk over comments and statements; remember the last comment that touches the next one."""
        token = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<directive>^[ \t]*#(?:[^\n\\]|\\.|\\\n)*)"
                           r"|(?P<statement>[^\s#/][^;{}/]*(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}[^;{}]*)?;?)",
                           re.S | re.M)
        doc, beneath, end = None, False, 0
        # Macros that stand alone on a line are no statements.
        text = re.sub(r"^MINOS_(BEGIN_DECLS|END_DECLS|AUTO_DEFINE\(\w+\))$", lambda m: " " * len(m[0]),
                      self.text, flags=re.M)
        for match in token.finditer(text):
            between = text[end:match.start()]
            end = match.end()
            if match["comment"]:
                comment = match["comment"]
                doc = Doc(comment) if comment.startswith("/**") else None
                if "Beneath the macros" in comment:
                    beneath = True
                elif re.match(r"/\* ----", comment):
                    beneath = False
                continue
            touching = doc if between.count("\n") <= 1 else None
            line = self.text.count("\n", 0, match.start()) + 1
            if match["directive"]:
                self.take_directive(match["directive"], line, touching)
            else:
                self.take_statement(match["statement"], line, touching, beneath)
            doc = None

    def take_directive(self, text, line, doc):
        match = re.match(r"\s*#\s*define\s+(\w+)(\([^)]*\))?", text)
        if match and doc is not None:
            self.types.append(("macro", match[1], line, doc, f"#define {match[1]}{match[2] or ''}"))

    def take_statement(self, text, line, doc, beneath):
        if "MINOS_API" in text:
            text = text[text.index("MINOS_API"):]
            self.functions.append(Function(self.name, line, text, doc, beneath))
        elif text.startswith("typedef"):
            match = re.search(r"(\w+)\s*\([^)]*\)\s*;$", text) if "{" not in text else None
            match = match or re.search(r"(\w+)\s*;$", text)
            if match:
                self.types.append(("type", match[1], line, doc, text))


def headers():
    folder = os.path.join(ROOT, "include/minos")
    return [Header(f"include/minos/{name}") for name in sorted(os.listdir(folder)) if name.endswith(".h")]


def codes():
    """The names of all return codes."""
    with open(os.path.join(ROOT, "include/minos/error.h"), encoding="utf-8") as file:
        return {f"MINOS_{name}" for name in re.findall(r"\bX\((\w+),", file.read())} | {"MINOS_OK"}
