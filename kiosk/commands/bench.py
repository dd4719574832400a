"""`kiosk bench`: the virtual devices and their web dock, and their knobs and faults from the command line."""

from __future__ import annotations

import json
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from drivers.virtual.client import DockClient, DockError
from kiosk import logs

T = TypeVar("T")

DEFAULT_DOCK = "http://127.0.0.1:8620"

_dock_option = click.option("--dock", default=DEFAULT_DOCK, show_default=True, help="Address of a running bench.")


@click.group(invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8620,
    show_default=True,
    help="Port of the web dock on loopback; 0: a free one.",
)
@click.option("--run-dir", type=click.Path(path_type=Path, file_okay=False), help="Where links and sockets are made.")
@click.option("--realistic", is_flag=True, help="Take the time that real devices take.")
@click.pass_context
def bench(context: click.Context, port: int, run_dir: Path | None, realistic: bool) -> None:
    """Run the virtual devices with their web dock (or, with a subcommand, work a running bench)."""
    if context.invoked_subcommand is not None:
        return
    logs.configure()
    if run_dir is not None:
        run_dir.mkdir(parents=True, exist_ok=True)
        _serve(port, run_dir, realistic)
    else:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
            _serve(port, Path(folder), realistic)


def _listening(port: int) -> socket.socket:
    """Listens before anybody is told the address: from then on no client is refused."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise click.ClickException(f"port {port} on 127.0.0.1: {error.strerror}; give another --port") from error


def _serve(port: int, run_dir: Path, realistic: bool) -> None:
    import uvicorn

    from drivers.virtual.bench import Bench
    from drivers.virtual.dock import make_dock

    with _listening(port) as listener, Bench(run_dir, realistic=realistic) as devices:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_dock(devices.devices, devices.missing), log_level="warning"))
        signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
        logs.log("bench.started", dock=url)
        for name, why in devices.missing.items():
            click.echo(f"without {name}: {why}", err=True)
        answer = {"dock": url, "settings": devices.settings(), "missing": devices.missing}
        click.echo(json.dumps(answer, ensure_ascii=False))
        sys.stdout.flush()
        server.run(sockets=[listener])


@bench.command()
@_dock_option
@click.argument("device", required=False)
def state(dock: str, device: str | None) -> None:
    """What the devices show, what can be done to them, and which faults they know."""
    devices = _asking(lambda: DockClient(dock).devices())
    if device is not None and device not in devices:
        raise click.ClickException(f"no device {device!r}; there are: {', '.join(devices)}")
    for name, one in devices.items():
        if device in (None, name):
            click.echo(f"{name}\n  {json.dumps(one['state'], ensure_ascii=False)}")
            for knob in one["knobs"]:
                further = "".join(f"[:{'|'.join(choices)}]" for choices in knob["further"])
                click.echo(f"  turn {knob['name']} {'|'.join(knob['choices'])}{further}")
            for fault, sentence in one["faults"].items():
                click.echo(f"  fault {fault}{' [armed]' if fault in one['armed'] else ''}: {sentence}")


@bench.command()
@_dock_option
@click.argument("device")
@click.argument("knob")
@click.argument("value", default="")
def turn(dock: str, device: str, knob: str, value: str) -> None:
    """Do to a device what a person could do: place a card, lay a paper, open the cover, pull the plug."""
    _asking(lambda: DockClient(dock).turn(device, knob, value))


@bench.command()
@_dock_option
@click.option("--times", type=int, help="How often (default: until cleared).")
@click.argument("device")
@click.argument("fault_name", metavar="FAULT")
def fault(dock: str, times: int | None, device: str, fault_name: str) -> None:
    """Arm a fault."""
    _asking(lambda: DockClient(dock).fault(device, fault_name, times))


@bench.command()
@_dock_option
@click.argument("device")
@click.argument("fault_name", metavar="[FAULT]", required=False)
def clear(dock: str, device: str, fault_name: str | None) -> None:
    """Disarm one fault of a device, or all of them."""
    _asking(lambda: DockClient(dock).clear(device, fault_name))


def _asking(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except DockError as error:
        raise click.ClickException(str(error)) from error
