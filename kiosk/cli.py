"""The `kiosk` command.

Subcommands import what they need when they run: `kiosk visit` must be on screen before OpenCV could be loaded.
"""

from __future__ import annotations

from importlib import import_module

import click

_SUBCOMMANDS = {
    "run": "kiosk.commands.run:run",
    "visit": "kiosk.commands.run:visit",
    "bench": "kiosk.commands.bench:bench",
    "demo": "kiosk.commands.demo:demo",
    "doctor": "kiosk.commands.doctor:doctor",
    "device": "kiosk.commands.device:device",
    "materials": "kiosk.commands.materials:materials",
    "outbox": "kiosk.commands.outbox:outbox",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _SUBCOMMANDS:
            return None
        module, _, name = _SUBCOMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban-kiosk")
def main() -> None:
    """跨省通办自助终端 · a self-service terminal for cross-province government services."""
