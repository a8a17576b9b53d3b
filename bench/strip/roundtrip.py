"""The peer in Python: an orjson round trip, with the same job where it is cheap to write.

  roundtrip.py < records.ndjson > out
"""
import sys

import orjson


def main():
    write = sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        write(orjson.dumps(orjson.loads(line)))
        write(b"\n")


if __name__ == "__main__":
    main()
