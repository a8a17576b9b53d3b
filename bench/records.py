#!/usr/bin/env python3
"""Deterministic answered records of realistic size, for the throughput benchmarks.

  records.py BYTES [--text none] > records.ndjson

Each is about 2.3 KB: a system prompt, a task, an answer in Markdown, how the answer came. Every second answer ends
in the schema block that hg-strip removes; --text none leaves the answers out.
"""
import argparse
import json
import random
import sys

WORDS = (
    "the value is read before lock held which makes order of writes depend on who comes first so test fails under load "
    "return early when list empty and keep error path short because caller already checks for nil pointer naïve café → "
    "buffer size index range branch merge commit cache entry reader writer thread signal handler queue limit budget").split()
SYSTEM = "You review changes. Answer in Markdown. Name the file and the line of each finding; say what you checked. " * 3
BLOCK = '\n\n```json\n{"status": "pass", "phase": "review", "skill": "review", "summary": "two findings"}\n```\n'


def sentence(rng, words):
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


def record(number, with_text):
    rng = random.Random(number)
    user = "Review this change:\n\n```diff\n" + "\n".join(
        rng.choice("+- ") + " " * rng.choice((0, 2, 4)) + " ".join(rng.choice(WORDS) for _ in range(7)) for _ in range(9)
    ) + "\n```\n"
    parts = [f"## Findings {number}\n"]
    for finding in range(4):
        parts.append(f"- **WARNING** `Sources/File{rng.randrange(99)}.swift:{rng.randrange(400)}`: {sentence(rng, 22)}")
    parts.append("\n" + sentence(rng, 40))
    text = "\n".join(parts) + (BLOCK if number % 2 else "\n")
    result = {"id": f"r-{number:07d}", "skill": "review", "session_id": "bench", "system": SYSTEM, "user": user}
    if with_text:
        result["text"] = text
    else:
        result["note"] = text
    result |= {"model_used": "qwen35", "finish_reason": "stop", "duration_ms": rng.randrange(900, 9000),
               "usage": {"prompt_tokens": 412, "completion_tokens": 207, "total_tokens": 619}, "cost_usd": 0.000123}
    return result


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bytes", type=int)
    arguments.add_argument("--text", default="markdown", choices=("markdown", "none"))
    options = arguments.parse_args()
    block = [json.dumps(record(n, options.text != "none"), ensure_ascii=False) + "\n" for n in range(5000)]
    written = number = 0
    while written < options.bytes:
        line = block[number % len(block)]
        sys.stdout.write(line)
        written += len(line.encode())
        number += 1


if __name__ == "__main__":
    main()
