#!/usr/bin/env python3
"""A small training with PyTorch that knows nothing of tbprof. Record it with

    tbprof run -- python3 samples/train_torch.py

It teaches a network to tell circles from squares in noisy images, and times itself: --times FILE gets
the seconds of each step and of each phase as JSON, to be compared with what tbprof shows.
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset


class Shapes(Dataset):
    """Images drawn when they are asked for, so that loading costs something."""

    def __init__(self, count, size):
        self.count, self.size = count, size
        line = torch.linspace(-1, 1, size)
        self.x, self.y = line[None, :], line[:, None]

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        random = torch.Generator().manual_seed(index)
        center_x, center_y, radius = (torch.rand(3, generator=random) * 0.4 + 0.2).tolist()
        across, down = (self.x - center_x).abs(), (self.y - center_y).abs()
        is_circle = index % 2
        distance = (across**2 + down**2).sqrt() if is_circle else torch.maximum(across, down)
        image = (distance < radius).float()
        return image[None] + 0.3 * torch.randn(1, self.size, self.size, generator=random), is_circle


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.second = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.last = nn.Linear(2 * width, 2)

    def forward(self, images):
        hidden = functional.max_pool2d(functional.relu(self.first(images)), 2)
        hidden = functional.max_pool2d(functional.relu(self.second(hidden)), 2)
        return self.last(hidden.mean(dim=(2, 3)))


class Times:
    """Seconds by what they went to."""

    def __init__(self):
        self.seconds = {}
        self.last = time.perf_counter()

    def took(self, what):
        now = time.perf_counter()
        self.seconds.setdefault(what, []).append(now - self.last)
        self.last = now


def train(options):
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    loader = DataLoader(Shapes(options.steps * options.batch, options.size),
                        batch_size=options.batch, num_workers=options.workers)
    net = Net(options.width).to(options.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    steps, phases = Times(), Times()
    batches = iter(loader)
    steps.took("start")
    for _ in range(options.steps):
        phases.took("other")
        images, kinds = next(batches)
        phases.took("input")
        images, kinds = images.to(options.device), kinds.to(options.device)
        phases.took("other")
        answers = net(images)
        phases.took("forward")
        loss = functional.cross_entropy(answers, kinds)
        optimizer.zero_grad()
        phases.took("other")
        loss.backward()
        phases.took("backward")
        optimizer.step()
        phases.took("optimizer")
        value = loss.item()
        del images, kinds  # or it would be done within the next input, where memory is shared
        steps.took("step")
    print(f"loss {value:.3f} after {options.steps} steps")
    return {"steps": steps.seconds["step"], **{phase: phases.seconds[phase] for phase in
                                              ("input", "forward", "backward", "optimizer")}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=32, help="of an image, in pixels")
    parser.add_argument("--width", type=int, default=16, help="of the network")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw images")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--times", help="file for the times of steps and phases, as JSON")
    options = parser.parse_args()
    seconds = train(options)
    if options.times:
        with open(options.times, "w", encoding="ascii") as file:
            json.dump(seconds, file)


if __name__ == "__main__":
    main()
