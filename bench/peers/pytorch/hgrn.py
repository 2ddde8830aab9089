"""A plain PyTorch HGRN-bit, as the original computes it: float16 weights that are quantised anew in every forward pass
(docs/MODEL.md), no custom kernels, no CUDA graph. Decodes greedily at batch 1 with random weights and prints one JSON
object with tokens a second and the peak of the memory by shape.

    python3 bench/peers/pytorch/hgrn.py [--models 370M,1.3B,2.7B] [--tokens 32] [--device cuda]
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

SHAPES = {  # H, L, I, V
    "370M": (1024, 24, 2816, 32000),
    "1.3B": (2048, 24, 5632, 32000),
    "2.7B": (2560, 32, 6912, 32000),
    "tiny": (64, 2, 96, 512),
}
BITLINEAR_EPSILON = 1e-6
RUNS = 5


class RMSNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return wide.to(x.dtype) * self.weight


class BitLinear(nn.Module):
    """A projection whose input is normed and rounded to int8 values, and whose weights are rounded to ternary ones."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)
        self.norm = RMSNorm(inputs, BITLINEAR_EPSILON)

    def forward(self, x):
        y = self.norm(x)
        activation_scale = 127 / y.abs().amax(-1, keepdim=True).clamp(min=1e-5).float()
        y = ((y * activation_scale).round().clamp(-128, 127) / activation_scale).to(x.dtype)
        weight_scale = 1 / self.weight.abs().mean().float().clamp(min=1e-5)
        weight = ((self.weight * weight_scale).round().clamp(-1, 1) / weight_scale).to(x.dtype)
        return F.linear(y, weight)


class Block(nn.Module):
    def __init__(self, hidden, intermediate, lower_bound):
        super().__init__()
        self.attn_norm = RMSNorm(hidden, 1e-6)
        self.i_proj = BitLinear(hidden, hidden)
        self.f_proj = BitLinear(hidden, hidden)
        self.g_proj = BitLinear(hidden, hidden)
        self.g_norm = RMSNorm(hidden, 1e-6)
        self.o_proj = BitLinear(hidden, hidden)
        self.mlp_norm = RMSNorm(hidden, 1e-6)
        self.gate_proj = BitLinear(hidden, 2 * intermediate)
        self.down_proj = BitLinear(intermediate, hidden)
        self.register_buffer("lower_bound", torch.full((hidden,), lower_bound))

    def forward(self, x, state):
        u = self.attn_norm(x)
        f = torch.sigmoid(self.f_proj(u).float())
        f = self.lower_bound + (1 - self.lower_bound) * f
        state = f * state + F.silu(self.i_proj(u).float()) * (1 - f)
        o = self.g_norm(self.g_proj(u)) * F.silu(state).to(x.dtype)
        x = x + self.o_proj(o)
        gate, up = self.gate_proj(self.mlp_norm(x)).chunk(2, -1)
        return x + self.down_proj(F.silu(gate) * up), state


class Model(nn.Module):
    def __init__(self, hidden, layers, intermediate, vocabulary):
        super().__init__()
        self.embeddings = nn.Embedding(vocabulary, hidden)
        self.layers = nn.ModuleList(Block(hidden, intermediate, layer / layers) for layer in range(layers))
        self.norm = RMSNorm(hidden, 1e-6)
        self.lm_head = BitLinear(hidden, vocabulary)

    def forward(self, token, states):
        x = self.embeddings(token)
        fresh = []
        for layer, state in zip(self.layers, states):
            x, state = layer(x, state)
            fresh.append(state)
        return self.lm_head(self.norm(x)), fresh


def synchronise(device):
    if device == "cuda":
        torch.cuda.synchronize()


@torch.inference_mode()
def decode(model, token, states, count, device):
    synchronise(device)
    start = time.perf_counter()
    for _ in range(count):
        logits, states = model(token, states)
        token = logits.argmax(-1)
    synchronise(device)
    return count / (time.perf_counter() - start), token, states, logits


def measure(name, tokens, device):
    hidden, layers, intermediate, vocabulary = SHAPES[name]
    torch.manual_seed(1)
    dtype = torch.float16 if device == "cuda" else torch.float32
    # Made on the device and in its type, so that the peak is that of decoding and not of the making.
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = Model(hidden, layers, intermediate, vocabulary).eval()
        token = torch.zeros(1, dtype=torch.long)
        states = [torch.zeros(1, hidden, dtype=torch.float32) for _ in range(layers)]
    torch.set_default_dtype(torch.float32)
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    _, token, states, logits = decode(model, token, states, tokens, device)
    rates = []
    for _ in range(RUNS):
        rate, token, states, logits = decode(model, token, states, tokens, device)
        rates.append(rate)
    return {
        "tokensPerSecond": statistics.median(rates),
        "low": min(rates),
        "high": max(rates),
        "peakBytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "logitsFinite": bool(torch.isfinite(logits).all()),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="370M,1.3B,2.7B")
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--device", default="cuda")
    arguments = parser.parse_args()
    results = {}
    for name in arguments.models.split(","):
        results[name] = measure(name, arguments.tokens, arguments.device)
        if arguments.device == "cuda":
            torch.cuda.empty_cache()
    name = torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu"
    print(json.dumps({"torch": torch.__version__, "device": name, "models": results}))


if __name__ == "__main__":
    main()
