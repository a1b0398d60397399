"""Trains small PyTorch models of three kinds and measures their steps: `mlp` (bound by launches),
`transformer` and `resnet`. Needs torch only; ends with 77 where it or a GPU is missing.

usage: train_models.py --models mlp,transformer,resnet [--out FIGURES.json] …
Writes for each model {"ms_a_step", "steps", "peak_memory_kib", "loss"}; with --torch-profiler also
"profiled_ms_a_step", measured after the others.
"""

import argparse
import contextlib
import json
import resource
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    print(f"train_models: no PyTorch here: {error}", file=sys.stderr)
    sys.exit(77)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)])

    def forward(self, x):
        inside = torch.relu(self.norms[0](self.first(x)))
        return torch.relu(x + self.norms[1](self.second(inside)))


def make_resnet(small):
    channels, blocks, size, batch = (8, 2, 16, 2) if small else (128, 8, 56, 64)
    layers = [nn.Conv2d(3, channels, 7, stride=2, padding=3), nn.BatchNorm2d(channels), nn.ReLU()]
    layers += [Block(channels) for _ in range(blocks)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 100)]
    return nn.Sequential(*layers), (batch, 3, 2 * size, 2 * size), 100


class Transformer(nn.Module):
    def __init__(self, width, layers, words):
        super().__init__()
        self.words = nn.Embedding(words, width)
        layer = nn.TransformerEncoderLayer(width, 8, 4 * width, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers)
        self.out = nn.Linear(width, words)

    def forward(self, tokens):
        return self.out(self.layers(self.words(tokens))).mean(dim=1)


def make_model(kind, small):
    """(model, shape of a batch, number of classes); a transformer's batch holds words."""
    if kind == "mlp":
        layers = []
        for _ in range(4 if small else 40):
            layers += [nn.Linear(128, 128), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(128, 10)), (16, 128), 10
    if kind == "transformer":
        width, layers, words, length, batch = (64, 2, 100, 16, 2) if small else (1024, 8, 8000, 512, 16)
        return Transformer(width, layers, words), (batch, length), words
    return make_resnet(small)


class Training:
    def __init__(self, kind, device, small):
        torch.manual_seed(7)
        self.device = device
        model, shape, classes = make_model(kind, small)
        self.model = model.to(device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.is_words = kind == "transformer"
        self.input = (torch.randint(0, classes, shape) if self.is_words else torch.randn(shape)).to(device)
        self.target = torch.randint(0, classes, (shape[0],)).to(device)
        self.loss = None

    def step(self):
        self.optimizer.zero_grad()
        low = torch.autocast("cuda", dtype=torch.bfloat16) if self.device == "cuda" else contextlib.nullcontext()
        with low:
            self.loss = nn.functional.cross_entropy(self.model(self.input), self.target)
        self.loss.backward()
        self.optimizer.step()

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def steps(self, count, mark=False, first=0):
        """Milliseconds a step, over all of them."""
        self.wait()
        began = time.perf_counter()
        for number in range(first, first + count):
            if mark:
                torch.cuda.nvtx.range_push(f"step {number}")
            self.step()
            if mark:
                torch.cuda.nvtx.range_pop()
        self.wait()
        return (time.perf_counter() - began) * 1000 / count


def profiler(trace_path=None):
    kinds = [torch.profiler.ProfilerActivity.CPU]
    if torch.cuda.is_available():
        kinds.append(torch.profiler.ProfilerActivity.CUDA)
    done = None
    if trace_path:
        def done(finished):
            finished.export_chrome_trace(trace_path)
    return torch.profiler.profile(activities=kinds, on_trace_ready=done)


def measure(kind, options):
    training = Training(kind, options.device, options.small)
    mark = options.mark_steps and options.device == "cuda"
    training.steps(max(1, options.steps // 4))
    steps = options.steps if kind != "mlp" else 4 * options.steps
    figures = {"steps": steps, "ms_a_step": training.steps(steps, mark)}
    figures["peak_memory_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.torch_profiler is not None:
        with profiler(options.torch_profiler or None):
            figures["profiled_ms_a_step"] = training.steps(steps)
    figures["loss"] = float(training.loss)
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="mlp")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--out")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="models that a processor trains in no time")
    parser.add_argument("--mark-steps", action="store_true", help="an NVTX range a step")
    parser.add_argument("--torch-profiler", nargs="?", const="", metavar="TRACE.json")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("train_models: PyTorch sees no GPU", file=sys.stderr)
        return 77
    figures = {kind: measure(kind, options) for kind in options.models.split(",")}
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(figures, file)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
