#!/usr/bin/env python3
"""Start-up: the median time from starting a program to its end, one record in, beside cat in the same run.

  startup.py [--runs 200] --stdin FILE COMMAND...      each COMMAND is one argument, split at spaces
"""
import argparse
import os
import statistics
import time


def shown(command):
    """The command without the folder of its program."""
    words = command.split()
    return " ".join([os.path.basename(words[0])] + words[1:])


def run_once(argv, source):
    stdin = os.open(source, os.O_RDONLY)
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ,
                          file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
    os.waitpid(pid, 0)
    elapsed = time.perf_counter() - start
    os.close(stdin)
    os.close(null)
    return elapsed * 1000


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("commands", nargs="+")
    arguments.add_argument("--runs", type=int, default=200)
    arguments.add_argument("--stdin", required=True)
    options = arguments.parse_args()
    commands = ["cat"] + options.commands
    times = {command: [] for command in commands}
    for turn in range(options.runs + 5):
        for command in commands:
            elapsed = run_once(command.split(), options.stdin)
            if turn >= 5:
                times[command].append(elapsed)
    base = statistics.median(times["cat"])
    for command in commands:
        median = statistics.median(times[command])
        print(f"{median:7.2f} ms  {median - base:+7.2f} over cat  {shown(command)}")


if __name__ == "__main__":
    main()
