#!/usr/bin/env python3
"""Measures hg-log: pass rates, history and appends, beside DuckDB on the same file in the same run."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ENTRIES = 1_000_000
SESSION = 100_000
ROUNDS = 5

DUCKDB = """
import duckdb, sys
print(duckdb.sql(f'''
  SELECT skill, count(*) FILTER (final_status = 'pass') AS pass, count(*) FILTER (final_status = 'fail') AS fail
  FROM read_json('{sys.argv[1]}', format = 'newline_delimited',
    columns = {{skill: 'VARCHAR', final_status: 'VARCHAR', model_used: 'VARCHAR', timestamp: 'VARCHAR'}})
  GROUP BY skill ORDER BY skill''').fetchall())
"""


def write_entries(path, count):
    """Entries as hg-log writes them, 391 bytes each on average."""
    chance = random.Random(7)
    message = "Looks fine overall, but the loop in parse() reads one byte past the buffer when the input ends in a " \
        "backslash; see the test that is attached, and the second review of the same change. "
    skills = ["review", "debug", "tdd", "spec", "doc"]
    models = ["qwen35", "claude-sonnet-4-6", "koala/qwen3-coder-30b"]
    with open(path, "w", buffering=1 << 20) as file:
        for number in range(count):
            status = chance.choices(["pass", "fail", "ok", "error"], [60, 25, 10, 5])[0]
            seconds = number * 3 // 2
            stamp = f"2026-11-{1 + seconds // 86400:02}T{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000Z"
            entry = {
                "session_id": path.stem, "timestamp": stamp, "id": number, "skill": chance.choice(skills),
                "phase": "main", "project_root": "/home/me/src/project", "final_status": status,
                "model_used": chance.choice(models), "duration_ms": chance.randrange(100, 9000),
                "usage": {"prompt_tokens": chance.randrange(100, 3000), "completion_tokens": chance.randrange(10, 900)},
                "cost_usd": round(chance.random() / 100, 6), "message": message[: chance.randrange(60, len(message))],
            }
            file.write(json.dumps(entry, separators=(",", ":")) + "\n")


def measure(command, **more):
    """The fastest of some runs: seconds, CPU seconds, MB."""
    best = None
    for _ in range(ROUNDS):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **more)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            sys.exit(f"{command}: status {status}")
        result = (seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        best = min(best or result, result)
    return best


def row(name, figures, note=""):
    seconds, cpu, memory = figures
    print(f"| {name} | {seconds:.3f} | {cpu:.3f} | {memory:.0f} | {note} |", flush=True)


def main():
    program = sys.argv[1]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hg-bench."))
    try:
        sessions = folder / "sessions"
        sessions.mkdir()
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        large = sessions / "large.jsonl"
        write_entries(large, ENTRIES)
        print(f"{ENTRIES} entries, {large.stat().st_size / 1e6:.0f} MB; {os.cpu_count()} cores, "
              f"load {os.getloadavg()[0]:.1f}; fastest of {ROUNDS} runs\n")
        print("| what | s | CPU s | MB | |\n| --- | --- | --- | --- | --- |")
        brain = ["--brain", str(folder)]
        # Every time the whole log, as DuckDB reads it; and then from what was kept.
        row("hg-log pass-rate --by skill --recount", measure([program, "pass-rate", "--recount", *brain]))
        row("hg-log pass-rate --by skill", measure([program, "pass-rate", *brain]), "from kept counts")
        row("hg-log pass-rate --by skill,model,day --recount",
            measure([program, "pass-rate", "--recount", "--by", "skill,model,day", *brain]))
        row("hg-log stats --recount", measure([program, "stats", "--recount", *brain]))
        row("hg-log stats", measure([program, "stats", *brain]), "from kept counts")
        target = folder / "python"
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "duckdb==2.0.0"], check=True)
        environment = os.environ | {"PYTHONPATH": str(target)}
        row("DuckDB, the same question", measure([sys.executable, "-c", DUCKDB, str(large)], env=environment),
            "with the start of Python")
        row("DuckDB, only `import duckdb`", measure([sys.executable, "-c", "import duckdb"], env=environment))

        write_entries(sessions / "session.jsonl", SESSION)
        history = [program, "history", "--session", "session", *brain]
        row(f"hg-log history of {SESSION} entries", measure(history))
        row(f"hg-log history --last 0 of {SESSION} entries", measure([*history, "--last", "0"]))

        records = folder / "records.ndjson"
        with open(records, "w", buffering=1 << 20) as file:
            for number in range(ENTRIES):
                file.write(f'{{"id":{number},"session_id":"out","skill":"review","user":"what?","text":"Looks fine, '
                           f'but see line {number}.","model_used":"qwen35","duration_ms":{number % 9000}}}\n')
        for policy in ("batch", "never"):
            def fresh(command=[program, "append", "--fsync", policy, *brain]):
                with open(records) as source:
                    return measure_once(command, source, sessions / "out.jsonl")
            figures = min(fresh() for _ in range(ROUNDS))
            row(f"hg-log append --fsync {policy}, {ENTRIES} records", figures,
                f"{ENTRIES / figures[0]:,.0f} records a second")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_once(command, source, log):
    log.unlink(missing_ok=True)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{command}: status {status}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


main()
