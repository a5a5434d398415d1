#!/usr/bin/env python3
"""How fast fastavro reads the message that `avro_bench FILE` wrote: one line as the benchmarks print it.

usage: avro_peer.py FILE      (needs fastavro: pip install fastavro)
"""
import io
import sys
import time

import fastavro


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    best = 0.0
    for _ in range(5):
        count, begin = 0, time.process_time()
        while time.process_time() - begin < 0.2:
            for _ in range(100):
                list(fastavro.reader(io.BytesIO(data)))
            count += 100
        best = max(best, count / (time.process_time() - begin))
    print(f"{'fastavro ' + fastavro.__version__ + ' decode':28s} {best:12.0f} /s")


if __name__ == "__main__":
    main()
