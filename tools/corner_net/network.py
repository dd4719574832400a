"""The network: a small U-shaped convolutional net with a rim around its output."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

RIM = 4
"""Cells of the output beyond each side of the picture; the same as kiosk.materials.corners.RIM."""


def _dense(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _point(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class _Residual(nn.Module):
    """A dense 3 × 3 convolution beside the way straight through."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.norm(self.conv(x)))


class _Wide(nn.Module):
    """An inverted residual with 5 × 5 depthwise convolution: sees far for few weights. `context` adds the mean of the
    whole picture, so that every cell knows what else lies on the desk."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, expand: int = 2, context: bool = False) -> None:
        super().__init__()
        inner = inputs * expand
        self.up = nn.Sequential(_point(inputs, inner), nn.ReLU(inplace=True))
        self.deep = nn.Sequential(
            nn.Conv2d(inner, inner, 5, stride, 2, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
        )
        self.context = nn.Linear(inner, inner) if context else None
        self.down = _point(inner, outputs)
        self.straight = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.deep(self.up(x))
        if self.context is not None:
            y = y + self.context(y.mean(dim=(2, 3)))[:, :, None, None]
        y = self.down(y)
        return functional.relu(x + y) if self.straight else functional.relu(y)


class Network(nn.Module):
    """Picture (N × 3 × 256 × 256, RGB, 0 to 1) to logits: N × 5 × 72 × 72 (four corners, page) and N (present)."""

    def __init__(self) -> None:
        super().__init__()
        self.to2 = _dense(3, 16, 2)
        self.to4 = nn.Sequential(_dense(16, 32, 2), _Residual(32))
        self.to8 = nn.Sequential(_dense(32, 56, 2), _Residual(56))
        self.to16 = nn.Sequential(_Wide(56, 80, 2), _Wide(80, 80), _Wide(80, 80))
        self.to32 = nn.Sequential(_Wide(80, 112, 2), *(_Wide(112, 112, context=bool(n % 2)) for n in range(4)))
        self.side16, self.side8, self.side4 = _point(80, 64), _point(56, 48), _point(32, 24)
        self.from32, self.from16, self.from8 = _point(112, 64), _point(64, 48), _point(48, 24)
        self.mix16, self.mix8, self.mix4 = _Wide(64, 64), _Wide(48, 48), _Residual(24)
        self.maps = nn.Conv2d(24, 5, 1)
        self.present = nn.Sequential(nn.Linear(112, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The logits."""
        x4 = self.to4(self.to2(picture * 4 - 2))
        x8 = self.to8(x4)
        x16 = self.to16(x8)
        x32 = self.to32(x16)
        y = self._join(self.from32(x32), self.side16(x16))
        y = self.mix16(functional.pad(y, (1, 1, 1, 1)))
        y = self.mix8(self._join(self.from16(y), self._padded(self.side8(x8), 2)))
        y = self.mix4(self._join(self.from8(y), self._padded(self.side4(x4), RIM)))
        return self.maps(y), self.present(x32.mean(dim=(2, 3)))[:, 0]

    @staticmethod
    def _padded(x: Tensor, cells: int) -> Tensor:
        return functional.pad(x, (cells, cells, cells, cells))

    @staticmethod
    def _join(coarse: Tensor, fine: Tensor) -> Tensor:
        up = functional.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return functional.relu(up + fine)


class Deployed(nn.Module):
    """The network as it is exported: chances instead of logits."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (N × 5 × 72 × 72: each corner's sums to one, the page's is 0 to 1) and present (N, 0 to 1)."""
        maps, present = self.network(picture)
        corners = maps[:, :4].flatten(2).softmax(dim=2).reshape(maps[:, :4].shape)
        return torch.cat([corners, maps[:, 4:].sigmoid()], dim=1), present.sigmoid()
