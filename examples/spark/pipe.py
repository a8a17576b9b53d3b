#!/usr/bin/env python3
"""Runs a pipeline of the filters over the partitions of a file, with Apache Spark.

    spark-submit spark/pipe.py TASKS ANSWERS [--partitions 64] [--state DIR] [--command 'hg-route | hg-complete | hg-strip --think']

TASKS is an NDJSON file or folder that every executor can read, ANSWERS a folder that must not exist. The same programs as
everywhere read each partition on stdin and write it on stdout. With --state, a folder that all executors see, each
partition keeps what is answered in a file of its own: when an executor dies, Spark runs its partition again, and what
was answered is not asked, and not paid for, a second time.

The records of a partition stay in their order; without --partitions Spark splits the file as it likes. Needs Python 3, pyspark and Java; the programs on every executor's PATH.
"""

import argparse
import os
import shlex
import shutil
import sys

PIPELINE = "hg-route | hg-complete | hg-strip --think"

# Status 1 says that some records carry an error: they are data. Anything else fails the partition; Spark tries it again.
PLAIN = "set -o pipefail; { eval \"$1\"; } || [ $? -eq 1 ]"

# Known by its content, a partition finds what an earlier attempt left. Routed once: pass rates change. Only what is not
# answered is asked; then everything is printed, in the order of the input.
RESUMED = """
set -euo pipefail
work=$(mktemp -d "$1/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
cat >"$work/tasks"
[ -s "$work/tasks" ] || exit 0
folder=$1/$(sha256sum <"$work/tasks" | cut -c 1-32)
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -e "$folder/routed" ]; then
  hg-route <"$work/tasks" >"$work/routed" || [ $? -eq 1 ]
  mv "$work/routed" "$folder/routed"
fi
touch "$folder/answers"
hg-complete --resume "$folder/answers" <"$folder/routed" >>"$folder/answers" || [ $? -eq 1 ]
hg-strip --think <"$folder/answers"
"""


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("tasks")
    options.add_argument("answers")
    options.add_argument("--partitions", type=int, default=0, help="how many (default: as Spark splits the file)")
    options.add_argument("--state", help="a folder that all executors see: what is answered is not asked again")
    options.add_argument("--command", default=PIPELINE, help=f"what each partition goes through (default: {PIPELINE})")
    chosen = options.parse_args()
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        sys.exit("pipe.py: pyspark is not installed (pip install pyspark)")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        sys.exit("pipe.py: java is not on PATH (Debian: apt-get install openjdk-17-jre-headless)")
    if chosen.state and chosen.command != PIPELINE:
        sys.exit("pipe.py: --state goes with the usual pipeline only")
    if chosen.state:
        os.makedirs(chosen.state, exist_ok=True)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("hyperguild").getOrCreate()
    lines = spark.sparkContext.textFile(chosen.tasks, chosen.partitions or None)
    script, argument = (RESUMED, os.path.abspath(chosen.state)) if chosen.state else (PLAIN, chosen.command)
    # The command is an argument of the script, and the records are its stdin: no record is ever part of a command.
    command = shlex.join(["bash", "-c", script, "partition", argument])
    answers = lines.pipe(command, env=dict(os.environ), checkCode=True)
    answers.saveAsTextFile(chosen.answers)
    spark.stop()


if __name__ == "__main__":
    main()
