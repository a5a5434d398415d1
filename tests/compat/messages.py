#!/usr/bin/env python3
"""Messages between the Python original and us, over `minos message show` and `make`.

usage: messages.py MINOS ROUNDS SEED      (python of an environment that has the original)

1. What we make of each vector's JSON, the original reads as that JSON says.
2. Random messages that the original writes, we show as the original reads them.
3. The same messages made by us, the original reads the same.
4. Mixed lists and maps, which the original cannot always write, made by us: it reads the same. Ints do
   not stand beside doubles, times of day or time spans there: it cannot tell them apart.
"""
import json
import logging
import math
import random
import subprocess
import sys
import tempfile
import warnings
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from minos.common import AvroDataDecoder, AvroSchemaDecoder, MinosAvroProtocol, Model, ModelType
from minos.networks import (
    BrokerMessage,
    BrokerMessageV1,
    BrokerMessageV1Payload,
    BrokerMessageV1Status,
    BrokerMessageV1Strategy,
)

SAFE = 2**53 - 1


# ---- tagged JSON, see tests/vectors/README.md
def tag(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value) if -SAFE <= value <= SAFE else {"$int": str(int(value))}
    if isinstance(value, float):
        return {"$float": "nan" if math.isnan(value) else repr(value)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, datetime):
        text = value.astimezone(timezone.utc).isoformat(timespec="microseconds")
        return {"$datetime": text.replace("+00:00", "Z")}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat(timespec="microseconds")}
    if isinstance(value, timedelta):
        return {"$timedelta": value // timedelta(microseconds=1)}
    if isinstance(value, UUID):
        return {"$uuid": str(value)}
    if isinstance(value, set):
        members = [tag(member) for member in value]
        return {"$set": sorted(members, key=lambda member: json.dumps(member, sort_keys=True))}
    if isinstance(value, list):
        return [tag(item) for item in value]
    if isinstance(value, Model):
        name = type(value).classname if not hasattr(value, "model_type") else ModelType.from_model(value).classname
        return {"$record": {"name": name, "fields": {n: tag(f.value) for n, f in value.fields.items()}}}
    pairs = {key: tag(item) for key, item in value.items()}
    return {"$map": pairs} if any(key.startswith("$") for key in pairs) else pairs


def tag_message(message: BrokerMessage) -> dict:
    return {
        "version": message.version,
        "topic": message.topic,
        "identifier": str(message.identifier),
        "reply_topic": message.reply_topic,
        "strategy": message.strategy.value,
        "status": int(message.status),
        "ok": bool(message.ok),
        "headers": dict(message.headers),
        "content": tag(message.content),
    }


def read_by_the_original(data: bytes, kind: str) -> dict:
    if kind == "message":
        return {"kind": kind, "message": tag_message(BrokerMessage.from_avro_bytes(data))}
    type_ = AvroSchemaDecoder(MinosAvroProtocol.decode_schema(data)).build()
    return {"kind": kind, "value": tag(AvroDataDecoder(type_).build(MinosAvroProtocol.decode(data)))}


# ---- random messages
class Maker:
    """Contents that the original can write and read without loss."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def text(self) -> str:
        alphabet = "abcXYZ019 _-.\"\\\n\tñü☃世😀$"
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randrange(12)))

    def number(self) -> float:
        return self.random.choice([0.0, -0.0, 1.5, 1e300, -2.5e-7, math.inf, self.random.gauss(0, 1e6)])

    def scalar(self, kind: str) -> Any:
        r = self.random
        return {
            "null": lambda: None,
            "bool": lambda: r.random() < 0.5,
            "int": lambda: r.choice([0, 1, -1, r.randrange(-(2**31), 2**31)]),
            "wide": lambda: r.randrange(-(2**63), 2**63),
            "float": self.number,
            "str": self.text,
            "bytes": lambda: r.randbytes(r.randrange(9)),
            "uuid": lambda: UUID(int=r.getrandbits(128)),
            "datetime": lambda: datetime(1970, 1, 1, tzinfo=timezone.utc)
            + timedelta(microseconds=r.randrange(-(10**16), 10**17)),
            "date": lambda: date(1, 1, 1) + timedelta(days=r.randrange(3000000)),
            "time": lambda: time(r.randrange(24), r.randrange(60), r.randrange(60), r.randrange(10**6)),
            "timedelta": lambda: timedelta(microseconds=r.randrange(-(10**15), 10**15)),
        }[kind]()

    def one(self) -> str:
        return self.random.choice(
            ["bool", "int", "wide", "float", "str", "bytes", "uuid", "datetime", "date", "time", "timedelta"])

    def content(self, depth: int) -> Any:
        r = self.random
        shape = r.random() if depth else 0
        if shape < 0.4:
            return self.scalar(r.choice(["null", self.one()]))
        if shape < 0.6:
            kind = self.one()
            return [self.scalar(kind) for _ in range(r.randrange(5))]
        if shape < 0.7:
            kind = r.choice(["int", "str", "uuid"])
            return {self.scalar(kind) for _ in range(r.randrange(5))}
        if shape < 0.8:
            kind = self.one()
            return {self.text(): self.scalar(kind) for _ in range(r.randrange(5))}
        if shape < 0.9:
            inner = self.content(depth - 1)
            return {"only": inner} if r.random() < 0.5 else [inner]
        fields = {f"field_{i}": self.content(depth - 1) for i in range(r.randrange(1, 4))}
        return self.model(fields)

    def mixed(self, depth: int = 2, numbers: tuple = ()) -> Any:
        r = self.random
        numbers = numbers or r.choice([("int", "wide"), ("float", "time"), ("float", "timedelta")])
        kinds = ["null", "bool", "str", "bytes", "uuid", "datetime", "date", *numbers]
        items = [self.scalar(r.choice(kinds)) for _ in range(r.randrange(6))]
        if depth:
            items += [self.mixed(depth - 1, numbers) for _ in range(r.randrange(3))]
        r.shuffle(items)
        return items if r.random() < 0.5 else {f"k{i}": item for i, item in enumerate(items)}

    def model(self, fields: dict) -> Any:
        hints = {name: type_of(value) for name, value in fields.items()}
        return ModelType.build(f"shop.m{len(fields)}.Thing", hints)(**fields)

    def message(self) -> BrokerMessageV1:
        r = self.random
        headers = {self.text() or "h": self.text().replace("\0", "") for _ in range(r.randrange(3))}
        payload = BrokerMessageV1Payload(
            self.content(3), headers=headers, status=r.choice(list(BrokerMessageV1Status)))
        return BrokerMessageV1(
            "Topic" + str(r.randrange(100)), payload,
            identifier=UUID(int=r.getrandbits(128)),
            reply_topic=r.choice([None, "reply"]),
            strategy=r.choice(list(BrokerMessageV1Strategy)))


def type_of(value: Any) -> Any:
    from minos.common import TypeHintBuilder

    return TypeHintBuilder(value).build()


# ---- comparing
class Compat:
    def __init__(self, minos: str):
        self.minos, self.count, self.failed = minos, 0, 0

    def run(self, word: str, data: bytes) -> bytes:
        done = subprocess.run([self.minos, "message", word, "-"], input=data, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return done.stdout

    def same(self, name: str, got: Any, wanted: Any) -> None:
        self.count += 1
        if got != wanted:
            self.failed += 1
            print(f"{name}:\n  got    {json.dumps(got)[:600]}\n  wanted {json.dumps(wanted)[:600]}")

    def vectors(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.json")):
            wanted = json.loads(path.read_text("utf-8"))
            wanted = {key: wanted[key] for key in ("kind", "message", "value") if key in wanted}
            data = self.run("make", path.read_bytes())
            self.same(f"{path.name}, made by us", read_by_the_original(data, wanted["kind"]), wanted)

    def random(self, rounds: int, seed: int) -> None:
        maker, skipped = Maker(seed), 0
        for number in range(rounds):
            message = maker.message()
            try:
                data = message.avro_bytes
                wanted = read_by_the_original(data, "message")
            except Exception:  # it cannot write or read its own: nothing to compare with
                skipped += 1
                continue
            shown = json.loads(self.run("show", data))
            self.same(f"message {number} of seed {seed}, shown by us", shown, wanted)
            made = self.run("make", json.dumps(shown).encode())
            self.same(f"message {number} of seed {seed}, made by us",
                      read_by_the_original(made, "message"), wanted)
            mixed = json.dumps({"kind": "value", "value": tag(maker.mixed())})
            self.same(f"mixed value {number} of seed {seed}, made by us",
                      read_by_the_original(self.run("make", mixed.encode()), "value"), json.loads(mixed))
        print(f"compat: {rounds} random messages, {skipped} that the original cannot write and read itself")


def main() -> int:
    minos, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    compat = Compat(minos)
    compat.vectors(Path(__file__).resolve().parent.parent / "vectors")
    compat.random(rounds, seed)
    print(f"compat: {compat.count} comparisons, {compat.failed} failed")
    return 1 if compat.failed or compat.count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
