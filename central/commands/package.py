"""`central package`: the receiver's side of sharing, for platforms: a key pair, and a case's data fetched and checked."""

from __future__ import annotations

from pathlib import Path

import click

from central import receiving

file_option = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def package() -> None:
    """Fetch and check what a centre shares (docs/integration.md). For the platform's people; needs no data folder."""


@package.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def key(file: Path) -> None:
    """Make a key pair: the private half in FILE, the public half printed, for `central platform key`."""
    try:
        click.echo(receiving.new_key(file).model_dump_json())
    except OSError as error:
        raise click.ClickException(f"the key cannot be written ({error.strerror})") from None


@package.command()
@click.argument("url")
@click.argument("case_number")
@click.option("--token", "token_file", type=file_option, required=True, help="File with the platform's token.")
@click.option("--key", "key_file", type=file_option, required=True, help="The platform's private key.")
@click.option("--centre", "terminal", type=file_option, required=True, help="The centre's terminal.json.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
def fetch(url: str, case_number: str, token_file: Path, key_file: Path, terminal: Path, out: Path) -> None:
    """Fetch a case's materials from the centre at URL, open them and check signature and digests.

    Run again it asks only for pages that are not there yet.
    """
    try:
        token = token_file.read_text("utf-8").strip()
        source = receiving.receiver(url, token, key_file.read_bytes(), terminal.read_bytes())
        asked = receiving.fetch(source, case_number, out)
    except (receiving.NotReceived, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{asked} pages fetched; signature and digests are right")


@package.command()
@click.argument("url")
@click.argument("case_number")
@click.option("--token", "token_file", type=file_option, required=True, help="File with the platform's token.")
@click.option("--key", "key_file", type=file_option, required=True, help="The platform's private key.")
@click.option("--centre", "terminal", type=file_option, required=True, help="The centre's terminal.json.")
def entry(url: str, case_number: str, token_file: Path, key_file: Path, terminal: Path) -> None:
    """Print what was entered at the terminal, as JSON."""
    try:
        token = token_file.read_text("utf-8").strip()
        source = receiving.receiver(url, token, key_file.read_bytes(), terminal.read_bytes())
        click.echo(source.entry(case_number).model_dump_json(indent=2))
    except (receiving.NotReceived, OSError) as error:
        raise click.ClickException(str(error)) from None
