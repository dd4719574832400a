"""Train the corner network on drawn desks and export it. See README.md beside for the commands and the figures."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor
from torch.nn import functional

from tools.corner_net.network import RIM, Deployed, Network
from tools.corner_net.poses import clockwise
from tools.corner_net.render import Pool

SEED = 20261120
BATCH = 48
SPREAD = 1.0
"""Of the target around a corner, in cells."""


def _turned(rng: np.random.Generator, batch: Pool) -> Pool:
    """Each sample mirrored or turned by quarters, and with other colours."""
    pictures, corners, masks, present = (each.copy() for each in batch)
    for n in range(len(pictures)):
        if rng.random() < 0.5:
            pictures[n], masks[n] = pictures[n, :, ::-1], masks[n, :, ::-1]
            corners[n, :, 0] = 1 - corners[n, :, 0]
        if rng.random() < 0.5:
            pictures[n], masks[n] = pictures[n, ::-1], masks[n, ::-1]
            corners[n, :, 1] = 1 - corners[n, :, 1]
        if rng.random() < 0.4:
            pictures[n], masks[n] = pictures[n].transpose(1, 0, 2), masks[n].T
            corners[n] = corners[n, :, ::-1]
        if rng.random() < 0.2:
            pictures[n] = pictures[n, :, :, rng.permutation(3)].transpose(1, 2, 0)
        gain = rng.uniform(0.8, 1.15) * rng.normal(1, 0.03, 3)
        pictures[n] = np.clip(pictures[n] * gain.astype(np.float32), 0, 255)
        corners[n] = clockwise(corners[n])
    return Pool(pictures, corners, masks, present)


def batches(pools: list[Pool], steps: int, seed: int) -> Iterator[Pool]:
    """`steps` batches drawn at random from the pools."""
    rng = np.random.default_rng([SEED, seed])
    ends = np.cumsum([len(pool.present) for pool in pools])
    for _ in range(steps):
        pick = rng.integers(0, ends[-1], BATCH)
        samples = []
        for number in pick:
            which = int(np.searchsorted(ends, number, side="right"))
            samples.append([part[number - ends[which]] for part in pools[which]])
        yield _turned(rng, Pool(*(np.stack(parts) for parts in zip(*samples, strict=True))))


def losses(network: Network, batch: Pool, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Of the corners, the mask and the presence, for the batch shrunk to `side` pixels."""
    pictures, corners, masks, present = (torch.from_numpy(part) for part in batch)
    x = pictures.flip(3).permute(0, 3, 1, 2).float().div_(255)
    if side != x.shape[2]:
        x = functional.interpolate(x, (side, side), mode="area")
    maps, seen = network(x.contiguous(memory_format=torch.channels_last))
    cells = maps.shape[2] - 2 * RIM
    places = torch.arange(maps.shape[2], dtype=torch.float32)
    at = corners * cells + RIM - 0.5
    across = torch.exp(-((places - at[..., :1]) ** 2) / (2 * SPREAD**2))
    down = torch.exp(-((places - at[..., 1:]) ** 2) / (2 * SPREAD**2))
    target = (down[..., :, None] * across[..., None, :]).flatten(2)
    target = target / target.sum(dim=2, keepdim=True).clamp_min(1e-6)
    chances = maps[:, :4].flatten(2).log_softmax(dim=2)
    near = (places - at[..., :1]).abs()[:, :, None, :].maximum((places - at[..., 1:]).abs()[..., :, None]) < 3.5
    around = chances.exp().reshape(maps[:, :4].shape) * near
    whole = around.sum(dim=(2, 3)).clamp_min(1e-4)
    middle = torch.stack([(around.sum(dim=2) * places).sum(dim=2), (around.sum(dim=3) * places).sum(dim=2)], dim=2)
    missed = functional.smooth_l1_loss(middle / whole[..., None], at, beta=0.2, reduction="none").sum(dim=2)
    missed = missed.clamp(max=3)  # where next to no chance is near, the cross-entropy teaches better
    per_page = (-(target * chances).sum(dim=2) + 0.5 * missed).mean(dim=1)
    corner = (per_page * present).sum() / present.sum().clamp_min(1)
    cover = masks[:, None].float() / 255
    if cells != cover.shape[2]:
        cover = functional.interpolate(cover, (cells, cells), mode="area")
    mask = functional.binary_cross_entropy_with_logits(maps[:, 4:, RIM:-RIM, RIM:-RIM], cover)
    there = functional.binary_cross_entropy_with_logits(seen, present)
    return corner, mask, there


def export(network: Network, path: Path) -> None:
    """Write the network as ONNX, all at once or not at all."""
    whole = Deployed(deepcopy(network)).eval().to(memory_format=torch.contiguous_format)
    new = path.with_suffix(".new")
    torch.onnx.export(
        whole,
        (torch.zeros(1, 3, 256, 256),),
        str(new),
        input_names=["picture"],
        output_names=["maps", "present"],
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(new)
    _halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, new)
    os.replace(new, path)  # noqa: PTH105  # atomic by name


def _halve(graph: onnx.GraphProto) -> None:
    """Keep the large weights in 16 bits, to be widened when the file is loaded: half the size, the same speed."""
    for weights in list(graph.initializer):
        values = onnx.numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size > 64:
            name = f"{weights.name}.half"
            graph.initializer.remove(weights)
            graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float16), name))
            graph.node.insert(0, onnx.helper.make_node("Cast", [name], [weights.name], to=onnx.TensorProto.FLOAT))


def main() -> None:
    """Train; every 200 steps report on held-back drawings, save the state and export the averaged weights."""
    words = argparse.ArgumentParser(description=main.__doc__)
    words.add_argument("state", type=Path, help="where to keep weights between runs")
    words.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    words.add_argument("--resume", type=Path, help="weights to begin with")
    words.add_argument("--steps", type=int, default=2600)
    words.add_argument("--small", type=float, default=0.4, help="share of the steps on 192-pixel pictures")
    words.add_argument("--rate", type=float, default=4e-3)
    words.add_argument("--pool", type=Path, nargs="+", required=True, help="folders written by render.py")
    words.add_argument("--held-back", type=Path, required=True, help="a further one, to report on")
    words.add_argument("--threads", type=int, default=2)
    given = words.parse_args()

    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(1)
    held_back = Pool(*(np.array(part[:192]) for part in Pool.opened(given.held_back)))
    network = Network().to(memory_format=torch.channels_last)
    if given.resume:
        network.load_state_dict(torch.load(given.resume))
    average = deepcopy(network).eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=given.rate, weight_decay=0.02, betas=(0.9, 0.98))
    began, seen = time.monotonic(), np.zeros(3)
    for step, batch in enumerate(batches([Pool.opened(path) for path in given.pool], given.steps, len(given.pool)), 1):
        warm = min(step / 100, 1.0)
        rate = given.rate * warm * (0.5 + 0.5 * np.cos(np.pi * step / given.steps)) + 1e-6
        for group in optimiser.param_groups:
            group["lr"] = rate
        network.train()
        corner, mask, there = losses(network, batch, 192 if step < given.steps * given.small else 256)
        optimiser.zero_grad()
        (corner + 4 * mask + 0.5 * there).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        _follow(average, network, min(0.995, step / (step + 20)))
        seen = 0.98 * seen + 0.02 * np.array([corner.item(), mask.item(), there.item()])
        if step % 20 == 0:
            print(step, f"{time.monotonic() - began:.0f} s", np.round(seen / (1 - 0.98**step), 3), flush=True)
        if step % 200 == 0 or step == given.steps:
            with torch.no_grad():
                print("held back:", [round(float(loss), 3) for loss in losses(average, held_back, 256)], flush=True)
            torch.save(average.state_dict(), given.state)
            export(average, given.out)


@torch.no_grad()
def _follow(average: Network, network: Network, keep: float) -> None:
    """The average drifts after the network."""
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


if __name__ == "__main__":
    main()
