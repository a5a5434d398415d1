"""gdb speaks the domain: `source tools/gdb/minos.py` (or gdb -x), in a live process or a core file.

minos fibers     every fiber of this thread's loop: id, name, state, what it is doing
minos bt ID      the frames of a fiber, parked or running; `minos bt all` for each
minos errors     the error chain of the running fiber

Values, views and errors print as what they mean. Frames of a parked fiber are found by the frame
pointers, which our flags keep, so nothing has to be written into registers: core files do as well.
"""
import gdb

FRAMES_MAX = 64


def text(pointer, limit=200):
    """Give a C string, or a dash for NULL."""
    if int(pointer) == 0:
        return "-"
    return pointer.string(errors="replace", length=-1)[:limit]


def loop():
    found = gdb.parse_and_eval("mn_loop_of_thread")
    if int(found) == 0:
        raise gdb.GdbError("this thread runs no loop; try `thread apply all minos fibers`")
    return found.dereference()


def fibers():
    """Every fiber of the loop, by its list."""
    fiber_type = gdb.lookup_type("struct mn_fiber")
    offset = next(field.bitpos // 8 for field in fiber_type.fields() if field.name == "all")
    head = loop()["fibers"].address
    node = head["next"]
    while int(node) != int(head):
        yield gdb.Value(int(node) - offset).cast(fiber_type.pointer()).dereference()
        node = node["next"]


def running():
    return int(gdb.parse_and_eval("mn_fiber_of_thread"))


def state(fiber):
    if int(fiber.address) == running():
        return "running"
    for name in ("ended", "parked", "ready"):
        if bool(fiber[name]):
            return name + (", canceled" if bool(fiber["canceled"]) else "")
    return "new"


def place(address):
    """Give function, file and line of a code address."""
    symbol = gdb.execute(f"info symbol {address:#x}", to_string=True).split(" in section")[0].strip()
    found = gdb.find_pc_line(address)
    where = f" at {found.symtab.filename}:{found.line}" if found.symtab else ""
    return f"{address:#018x} in {symbol}{where}"


def frames(fiber):
    """Code addresses of a parked fiber, innermost first: x86-64, from the saved context."""
    longs = gdb.lookup_type("long").pointer()
    context = fiber["context"].cast(longs)
    address, frame = int(context[7]), int(context[6])
    for _ in range(FRAMES_MAX):
        if address == 0:
            return
        yield address
        if frame == 0:
            return
        try:
            saved = gdb.Value(frame).cast(longs)
            address, following = int(saved[1]), int(saved[0])
        except gdb.MemoryError:
            return
        if following <= frame:
            return
        frame = following


class Minos(gdb.Command):
    """Commands that know fibers: minos fibers, minos bt ID|all, minos errors."""

    def __init__(self):
        super().__init__("minos", gdb.COMMAND_STACK, prefix=True)


class Fibers(gdb.Command):
    """List the fibers of this thread's loop."""

    def __init__(self):
        super().__init__("minos fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        print(f"{'id':>6}  {'name':20} {'state':18} doing")
        for fiber in fibers():
            doing = text(fiber["what"])
            if int(fiber["file"]) != 0:
                doing += f" ({text(fiber['file'])}:{int(fiber['line'])})"
            print(f"{int(fiber['id']):6}  {text(fiber['name']):20} {state(fiber):18} {doing}")


class Backtrace(gdb.Command):
    """Show the frames of a fiber by its id, or of all."""

    def __init__(self):
        super().__init__("minos bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = argument.strip()
        if wanted != "all" and not wanted.isdigit():
            raise gdb.GdbError("usage: minos bt ID|all")
        chosen = [fiber for fiber in fibers() if wanted == "all" or int(fiber["id"]) == int(wanted)]
        if not chosen:
            raise gdb.GdbError(f"no fiber {wanted}")
        for fiber in chosen:
            print(f"fiber {int(fiber['id'])} {text(fiber['name'])}: {state(fiber)}")
            if int(fiber.address) == running():
                gdb.execute("bt")
            elif not bool(fiber["ended"]):
                for number, address in enumerate(frames(fiber)):
                    print(f"#{number:<3} {place(address)}")


class Errors(gdb.Command):
    """Show the error chain of the running fiber, newest first."""

    def __init__(self):
        super().__init__("minos errors", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        fiber = running()
        if fiber == 0:
            raise gdb.GdbError("no fiber runs on this thread")
        slot = gdb.Value(fiber).cast(gdb.lookup_type("struct mn_fiber").pointer())["task"]["errors"]
        if int(slot) == 0 or int(slot["count"]) == 0:
            print("no error")
            return
        for number in reversed(range(int(slot["count"]))):
            print(slot["chain"][number].format_string(raw=False))


class ViewPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        size = int(self.value["size"])
        if int(self.value["data"]) == 0:
            return f"NULL[{size}]"
        return self.value["data"].string(errors="replace", length=min(size, 200))

    def display_hint(self):
        return "string"


class ErrorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        where = f"{text(self.value['file'])}:{int(self.value['line'])}"
        if bool(self.value["is_trace"]):
            return f"via {where}"
        return f"{self.value['rc']}: {text(self.value['message'])} ({where})"


class ValuePrinter:
    """A minos_value as one would write it down."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return written(self.value, 0)


def written(value, depth):
    kind = int(value["type"])
    size = int(value["size"])
    names = [field.name for field in gdb.lookup_type("minos_type").fields()]
    name = names[kind].removeprefix("MINOS_TYPE_") if kind < len(names) else f"type {kind}"
    inside = value["as"]
    if name == "NULL":
        return "null"
    if name == "BOOL":
        return "true" if bool(inside["boolean"]) else "false"
    if name == "INT":
        return str(int(inside["integer"]))
    if name == "DOUBLE":
        return str(float(inside["number"]))
    if name in ("STRING", "BYTES"):
        content = inside["string"].string(errors="replace", length=min(size, 200)) if size else ""
        return f'"{content}"'
    if depth > 8 and name in ("LIST", "MAP"):
        return "…"
    if name == "LIST":
        return "[" + ", ".join(written(inside["items"][i], depth + 1) for i in range(min(size, 32))) + "]"
    if name == "MAP":
        pairs = inside["named"]["pairs"]
        return "{" + ", ".join(f"{ViewPrinter(pairs[i]['key']).to_string()}: "
                               f"{written(pairs[i]['value'], depth + 1)}" for i in range(min(size, 32))) + "}"
    if name == "UUID":
        return "".join(f"{int(inside['uuid']['bytes'][i]):02x}" for i in range(16))
    return f"{name} {int(inside['integer'])}"


PRINTERS = {"minos_view": ViewPrinter, "minos_value": ValuePrinter, "minos_error": ErrorPrinter}


def printer(value):
    kind = gdb.types.get_basic_type(value.type) if hasattr(gdb, "types") else value.type.strip_typedefs()
    name = value.type.unqualified().name or kind.tag or ""
    found = PRINTERS.get(name.removeprefix("struct "))
    return found(value) if found else None


gdb.pretty_printers.append(printer)
Minos()
Fibers()
Backtrace()
Errors()
