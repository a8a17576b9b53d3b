#!/usr/bin/env python3
"""Measures decisions of hg-route over logs that have become long: the first one, and those after 1,000 new entries.

    bench/log/scale.py PATH-OF-PROGRAMS [SESSIONS ENTRIES-OF-EACH]...

The default are 10,000,000 entries in 10,000 sessions (4 GB in a temporary directory) and 100,000 sessions of one entry.
Beside them stand the same decision over a log of one entry, and a full count by `hg-log pass-rate --recount`.
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
NEW = 1000


def entries(count, seed):
    """Entries of a session whose name has to be put in, some 390 bytes each, of the last 30 days."""
    chance = random.Random(seed)
    message = "Looks fine overall, but the loop in parse() reads one byte past the buffer when the input ends in a " \
        "backslash; see the test that is attached, and the second review of the same change. "
    now = time.time()
    lines = []
    for number in range(count):
        moment = now - chance.random() * 30 * 86400
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{chance.randrange(1000):03}Z"
        status = chance.choices(["pass", "fail", "ok", "error"], [60, 25, 10, 5])[0]
        skill = chance.choice(["review", "debug", "tdd", "spec", "doc"])
        model = chance.choice(["qwen35", "claude-sonnet-4-6", "koala/qwen3-coder-30b"])
        lines.append(
            f'{{"session_id":"SESSION","timestamp":"{stamp}","id":{number},"skill":"{skill}","phase":"main",'
            f'"project_root":"/home/me/src/project","final_status":"{status}","model_used":"{model}",'
            f'"duration_ms":{chance.randrange(100, 9000)},"usage":{{"prompt_tokens":{chance.randrange(100, 3000)},'
            f'"completion_tokens":{chance.randrange(10, 900)}}},"cost_usd":{chance.random() / 100:.6f},'
            f'"message":"{message[: chance.randrange(60, len(message))]}"}}\n')
    return "".join(lines).encode()


def append(folder, sessions, blocks):
    size = 0
    for session in sessions:
        name = f"s{session:06}"
        block = blocks[session % len(blocks)].replace(b"SESSION", name.encode())
        with open(folder / "sessions" / f"{name}.jsonl", "ab") as file:
            file.write(block)
        size += len(block)
    return size


class Decision:
    """hg-route without what it cached within the last minute."""

    def __init__(self, programs, folder):
        self.command = [programs / "hg-route", "--brain", folder]
        self.cache = folder / "cache"
        self.environment = os.environ | {"XDG_CACHE_HOME": str(self.cache)}

    def measure(self):
        for file in self.cache.glob("hyperguild/pass-rates-*"):
            file.unlink()
        start = time.perf_counter()
        process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self.environment)
        process.stdin.write(b'{"skill":"review","user":"x"}\n')
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            sys.exit(f"{self.command}: status {status}")
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(name, figures, note=""):
    seconds, cpu, memory = figures
    print(f"| {name} | {seconds * 1000:.1f} | {cpu * 1000:.1f} | {memory:.0f} | {note} |", flush=True)


def measure(programs, sessions, count):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hg-bench."))
    try:
        (folder / "sessions").mkdir()
        blocks = [entries(count, seed) for seed in range(20)]
        size = append(folder, range(sessions), blocks)
        decision = Decision(programs, folder)
        print(f"\n{sessions * count} entries in {sessions} sessions, {size / 1e9:.2f} GB; load {os.getloadavg()[0]:.1f}\n")
        print("| what | ms | CPU ms | MB | |\n| --- | --- | --- | --- | --- |")
        start = time.perf_counter()
        subprocess.run([programs / "hg-log", "pass-rate", "--recount", "--brain", folder], check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        print(f"| a full count (hg-log pass-rate --recount) | {seconds * 1000:.1f} | | | {size / seconds / 1e9:.2f} GB/s |")
        first = decision.measure()
        row("the first decision", first, f"{size / first[0] / 1e9:.2f} GB/s")
        row("nothing new", min(decision.measure() for _ in range(ROUNDS)))
        few = [entries(1, seed) for seed in range(20)]
        figures = []
        for turn in range(ROUNDS):
            # Where a session has one entry, a new entry is a new session.
            begin = sessions + turn * NEW if count == 1 else turn * NEW % sessions
            append(folder, range(begin, begin + NEW), few)
            figures.append(decision.measure())
        row(f"after {NEW} new entries in {NEW} sessions", min(figures))
        figures = []
        for turn in range(ROUNDS):
            append(folder, [turn] * NEW, few)
            figures.append(decision.measure())
        row(f"after {NEW} new entries in one session", min(figures))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    programs = pathlib.Path(sys.argv[1])
    sizes = [int(size) for size in sys.argv[2:]] or [1, 1, 10_000, 1000, 100_000, 1]
    for sessions, count in zip(sizes[::2], sizes[1::2]):
        measure(programs, sessions, count)


main()
