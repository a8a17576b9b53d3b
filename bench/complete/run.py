#!/usr/bin/env python3
"""Measures hg-complete beside a bare C libcurl client, curl and Python clients, in one run, against a mock server on this machine.

  bench/complete/run.py [--bin DIR] [--runs N] [--only at-once,50ms,500ms,memory,cold,python]

Needs gcc and libcurl's headers; for the Python clients an environment with aiohttp, orjson, uvloop and openai, as that of the tests
(--python, .venv/bin/python). Prints a table of medians; compare rows of one run only: machines drift.
"""
import argparse, json, os, resource, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import gen


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Mock:
    def __init__(self, binary, *options):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.process = subprocess.Popen([binary, "--quiet", "--port", str(port), *options], stdout=subprocess.DEVNULL)
        while True:
            try:
                urllib.request.urlopen(self.url + "/health").read()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the mock server did not start")

    def stats(self, path="stats"):
        return json.load(urllib.request.urlopen(f"{self.url}/{path}"))

    def __enter__(self): return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def peak_memory(pid):
    """The most memory so far, in kB; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/status") as f:
            return next((int(line.split()[1]) for line in f if line.startswith("VmHWM")), None)
    except OSError:
        return None


def run(command, stdin, folder):
    """Wall seconds, CPU seconds, peak MB, lines of output."""
    with open(stdin) as i, open(folder + "/out", "w") as o, open(folder + "/errors", "w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=i, stdout=o, stderr=errors)
        # ru_maxrss counts this Python too, from between fork and exec: the kernel's own mark for the program is asked,
        # seldom, for there are no more cores than client and server use.
        marks, ended = [0], threading.Event()

        def watch():
            while not ended.wait(0.02): marks.append(peak_memory(process.pid) or 0)

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        ended.set()
        watcher.join()
        peak = max(marks)
        process.returncode = 0
    if status: sys.exit(f"{command[0]} ended with {status}: {open(folder + '/errors').read()[-500:]}")
    with open(folder + "/out", "rb") as f: lines = f.read().count(b"\n")
    return wall, usage.ru_utime + usage.ru_stime, peak / 1024, lines


def load(title, commands, mock, count, folder, runs, ideal=None):
    print(f"\n{title}")
    print(f"{'client':<14}{'requests/s':>12}{'CPU ms/1000':>13}{'peak MB':>9}{'connections':>13}" + (f"{'of ideal':>10}" if ideal else ""))
    rows = {}
    for _ in range(runs):
        for name, command, stdin in commands:
            mock.stats("reset")
            wall, cpu, memory, lines = run(command, stdin, folder)
            if name != "curl --parallel" and lines != count: sys.exit(f"{name}: {lines} lines for {count} records")
            rows.setdefault(name, []).append((wall, cpu, memory, mock.stats()["connections"]))
    for name, values in rows.items():
        wall, cpu, memory, connections = (statistics.median(v) for v in zip(*values))
        print(f"{name:<14}{count / wall:>12.0f}{cpu / count * 1e6:>13.1f}{memory:>9.1f}{connections:>13.0f}" + (f"{ideal / wall:>10.3f}" if ideal else ""))
    # Of each round: the machine may be another one a second later.
    rounds = list(zip(rows["hg-complete"], rows["curlmulti"]))
    speeds = sorted(floor[0] / ours[0] for ours, floor in rounds)
    cpu = statistics.median(ours[1] / floor[1] for ours, floor in rounds)
    print(f"hg-complete / curlmulti, median of the rounds: speed {statistics.median(speeds):.3f} ({speeds[0]:.2f} to {speeds[-1]:.2f}), CPU {cpu:.2f}")


def requests(folder, count, url):
    path = f"{folder}/req-{count}.ndjson"
    if not os.path.exists(path):
        with open(path, "w") as f:
            for record in gen.records(count): f.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def curl_config(folder, count, url):
    os.makedirs(folder + "/b", exist_ok=True)
    path = f"{folder}/curl-{count}.cfg"
    with open(path, "w") as config:
        for i, record in enumerate(gen.records(count)):
            body = f"{folder}/b/{i}.json"
            if not os.path.exists(body):
                with open(body, "w") as f: json.dump(gen.body(record, "mock"), f, ensure_ascii=False)
            if i: config.write("next\n")
            config.write(f'url = "{url}"\nheader = "Content-Type: application/json"\ndata-binary = "@{body}"\noutput = "{folder}/o.json"\n')
    return path


def greedy(count, width, mock_delay, jitter):
    """The time of a client that always has `width` requests on their way: the mean delay fills them evenly."""
    return count / width * mock_delay


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.environ.get("HYPERGUILD_BIN") or os.path.join(HERE, "../../.build-release/release"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="at-once,50ms,500ms,auto,memory,cold,python")
    parser.add_argument("--python", default=os.environ.get("PYTHON") or os.path.join(HERE, "../../.venv/bin/python"))
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder:
        for name, libraries in [("mockllm", []), ("curlmulti", ["-lcurl"])]:
            subprocess.run(["gcc", "-O2", "-w", "-o", f"{folder}/{name}", f"{HERE}/{name}.c", *libraries], check=True)
        tool = os.path.join(options.bin, "hg-complete")
        only = options.only.split(",")
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")

        def clients(mock, count, width, curl=False):
            url, stdin = mock.url + "/v1/chat/completions", requests(folder, count, mock.url)
            result = [
                ("hg-complete", [tool, "-j", str(width), "--model", "mock", "--base-url", mock.url], stdin),
                ("curlmulti", [f"{folder}/curlmulti", "-c", str(width), "--url", url], stdin)]
            if curl:
                config = curl_config(folder, count, url)
                result.append(("curl --parallel", ["curl", "-s", "--parallel", "--parallel-immediate", "--parallel-max", str(width), "-K", config], stdin))
            return result

        if "at-once" in only:
            with Mock(f"{folder}/mockllm") as mock:
                load("answers at once, 20,000 requests of 2 KB, 64 at once", clients(mock, 20000, 64, curl=True), mock, 20000, folder, options.runs)
        if "50ms" in only:
            with Mock(f"{folder}/mockllm", "--delay-ms", "50") as mock:
                load("50 ms, 5,000 requests, 256 at once", clients(mock, 5000, 256), mock, 5000, folder, options.runs, -(-5000 // 256) * 0.05)
        if "500ms" in only:
            with Mock(f"{folder}/mockllm", "--delay-ms", "500", "--jitter", "20") as mock:
                load("500 ms +- 20 %, 2,000 requests, 512 at once", clients(mock, 2000, 512), mock, 2000, folder, options.runs)
        if "auto" in only:
            auto(tool, folder, options.runs)
        if "memory" in only:
            with Mock(f"{folder}/mockllm") as mock:
                name, command, stdin = clients(mock, 200000, 64)[0]
                print(f"\n200,000 requests: peak {run(command, stdin, folder)[2]:.1f} MB")
        if "cold" in only:
            with Mock(f"{folder}/mockllm") as mock:
                cold(tool, mock, folder, max(options.runs * 20, 60))
        if "python" in only:
            with Mock(f"{folder}/mockllm") as mock:
                python_clients(tool, options.python, mock, folder, options.runs)


def auto(tool, folder, runs):
    """-j auto beside the best number there is: that of a server that refuses one request more."""
    count = 10000
    print(f"\n-j auto, 50 ms +- 20 %, {count} requests, a server that takes so many at once and refuses more")
    print(f"{'limit':>5}{'-j limit /s':>13}{'-j auto /s':>12}{'share':>8}{'most at once':>14}{'refused':>9}")
    for limit in (8, 32, 128):
        options = ("--delay-ms", "50", "--jitter", "20", "--max-inflight", str(limit))
        with Mock(f"{folder}/mockllm", *options) as mock:
            rounds = []
            for _ in range(runs):
                walls = []
                for j in (str(limit), "auto"):
                    mock.stats("reset")
                    command = [tool, "-j", j, "--retries", "10", "--model", "mock", "--base-url", mock.url]
                    walls.append(run(command, requests(folder, count, mock.url), folder)[0])
                stats = mock.stats()
                rounds.append((*walls, stats["inflight_max"], stats["s429"]))
            fixed, found, most, refused = (statistics.median(v) for v in zip(*rounds))
            print(f"{limit:>5}{count / fixed:>13.0f}{count / found:>12.0f}{fixed / found:>8.2f}{most:>14.0f}{refused:>9.0f}")


def python_clients(tool, python, mock, folder, runs):
    """Requests a second over the whole process; the official client gets fewer, for it takes its time."""
    script = [python, HERE + "/python_clients.py"]
    commands = [
        ("hg-complete", [tool, "-j", "64", "--model", "mock", "--base-url", mock.url], 20000),
        ("aiohttp, orjson, uvloop", script + ["aiohttp", "-j", "64", "--base-url", mock.url + "/v1"], 20000),
        ("aiohttp, a task a record", script + ["aiohttp-gather", "-j", "64", "--base-url", mock.url + "/v1"], 20000),
        ("openai", script + ["openai", "-j", "64", "--base-url", mock.url + "/v1"], 1000)]
    for _, _, count in commands: requests(folder, count, mock.url)
    rates = {}
    for _ in range(runs):
        for name, command, count in commands:
            wall, _, _, lines = run(command, f"{folder}/req-{count}.ndjson", folder)
            if lines != count: sys.exit(f"{name}: {lines} lines for {count} records")
            rates.setdefault(name, []).append(count / wall)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print("\nanswers at once, 64 at once: requests a second, times slower than hg-complete")
    for name, rate in medians.items(): print(f"{name:<26}{rate:>8.0f}{medians['hg-complete'] / rate:>8.1f}")


def cold(tool, mock, folder, runs):
    body = f"{folder}/body.json"
    record = next(iter(gen.records(1)))
    with open(body, "w") as f: json.dump(gen.body(record, "mock"), f)
    stdin = requests(folder, 1, mock.url)
    commands = {
        "hg-complete": [tool, "--model", "mock", "--base-url", mock.url],
        "curl": ["curl", "-s", "-H", "Content-Type: application/json", "--data-binary", "@" + body, mock.url + "/v1/chat/completions"],
        "hg-complete --version": [tool, "--version"], "curl --version": ["curl", "--version"]}
    times = {}
    for _ in range(runs):
        for name, command in commands.items():
            with open(stdin) as i:
                start = time.perf_counter()
                subprocess.run(command, stdin=i, stdout=subprocess.DEVNULL, check=True)
                times.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    print("\none request, the whole process, ms (median, least)")
    for name, values in times.items(): print(f"{name:<24}{statistics.median(values):>8.2f}{min(values):>8.2f}")


if __name__ == "__main__":
    main()
