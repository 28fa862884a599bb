"""The `playground` command: options, help, `playground config`, and errors in one line. Imports nothing slow.

The options are made from the table of settings; what they may be is checked there too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from playground import __version__
from playground.adapters.settings import Loaded, load_settings
from playground.adapters.settings_table import TABLE, Setting
from playground.core.diagnosis import EXITS
from playground.core.errors import SettingsError
from playground.core.secret import MASK
from playground.launch import INTERRUPTED, WRONG, run

_EPILOG = """Values are taken from options, then the environment, then the settings file, then defaults. The file holds
the same names in lower case without PLAYGROUND_, and any number of [[endpoints]] with name, url, api_key, api_key_file,
model, system_prompt, max_tokens, params and headers. Where no endpoint is set at all, OPENAI_BASE_URL with
OPENAI_API_KEY counts."""


class Command(click.Group):
    """A group whose help lists the options by what they are about."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The settings group by group, then the rest, then the subcommands."""
        options = {param.name: param for param in self.get_params(ctx)}
        for group, settings in groupby(TABLE, key=lambda setting: setting.row.group):
            with formatter.section(group):
                records = [options.pop(setting.name).get_help_record(ctx) for setting in settings]
                formatter.write_dl([record for record in records if record is not None])
        with formatter.section("Other"):
            formatter.write_dl([record for each in options.values() if (record := each.get_help_record(ctx))])
        self.format_commands(ctx, formatter)


def main() -> NoReturn:
    """The console script. Whatever is wrong is said in one line, with exit code 2."""
    try:
        code = command.main(prog_name="playground", standalone_mode=False)
    except click.UsageError as error:
        said = error.format_message()
        _fail(said + (" " if said.endswith((".", "?")) else ". ") + "See playground --help.")
    except SettingsError as error:
        _fail(f"{error.what} {error.hint}")
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\nEnded.\n")
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(line: str) -> NoReturn:
    sys.stderr.write(f"playground: {' '.join(line.split())}\n")
    sys.exit(WRONG)


def _option(setting: Setting) -> click.Option:
    dashed = setting.name.replace("_", "-")
    note = f"{setting.row.help}  [{setting.env}; default: {setting.default}]"
    if setting.switch:
        return click.Option([f"--{dashed}/--no-{dashed}"], help=note)
    # Every value is a text here: the table says what it may be, in the same words for every source.
    return click.Option([f"--{dashed}"], metavar=setting.row.metavar, type=click.STRING, help=note)


def _given(ctx: click.Context) -> dict[str, Any]:
    """The options on the command line, those before a subcommand included."""
    before = _given(ctx.parent) if ctx.parent is not None else {}
    known = {setting.name for setting in TABLE}
    return before | {
        name: value
        for name, value in ctx.params.items()
        if name in known and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def _start(**_: Any) -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        run(load_settings(_given(ctx), os.environ))


def _show(**_: Any) -> None:
    """Print the settings in force and where each comes from, keys masked."""
    for line in in_force(load_settings(_given(click.get_current_context()), os.environ)):
        click.echo(line)


def _examine(*, endpoint: str | None, key_env: str | None, as_json: bool, verbose: bool, **_: Any) -> int:
    """Check an endpoint step by step, and try out what it can do.

    A key comes from the settings, or from the variable that --key-env names: what stands on a command line, everybody
    on the machine can read.
    """
    # Late: it brings the HTTP client with it.
    from playground import doctor
    from playground.adapters.http import trust

    loaded = load_settings(_given(click.get_current_context()), os.environ)
    trust(loaded.settings.ca_file)
    found = doctor.chosen(loaded, endpoint, key_env, os.environ)
    return doctor.run(found, as_json=as_json, verbose=verbose)


def in_force(loaded: Loaded) -> Iterable[str]:
    """The lines of `playground config`."""
    yield f"Settings file: {loaded.file or 'none'}"
    yield ""
    yield from _aligned([("setting", "value", "from"), *((row.name, row.value, row.where) for row in loaded.shown)])
    yield ""
    if loaded.found:
        yield "Endpoints, the first being the one to start with:"
    else:
        yield "No endpoint is set" + (": the built-in model is used." if loaded.settings.local else ".")
    yield from _aligned(
        [
            (
                f"  {found.endpoint.name}",
                found.endpoint.base_url,
                f"model {found.endpoint.model}" if found.endpoint.model else "first model listed",
                (f"key {MASK} from {found.key_where}" if found.endpoint.key else "no key")
                + "".join(f", {name}: {MASK}" for name, _ in found.endpoint.headers),
                f"sets {', '.join(found.endpoint.params.to_json()) or 'no parameters'}",
                f"from {found.where}",
            )
            for found in loaded.found
        ]
    )
    yield from ("", *loaded.notices) if loaded.notices else ()


def _aligned(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _command(settings: Mapping[str, Any]) -> Command:
    version = click.version_option(__version__, prog_name="playground")
    made = Command(
        "playground",
        params=[_option(setting) for setting in TABLE],
        invoke_without_command=True,
        **settings,
    )
    made.add_command(
        click.Command(
            "config",
            params=[_option(setting) for setting in TABLE],
            callback=_show,
            help=_show.__doc__,
            short_help="Print the settings in force and where each comes from.",
        )
    )
    made.add_command(
        click.Command(
            "doctor",
            params=[
                click.Option(["--endpoint"], metavar="URL|NAME", help="Which one; by default the first that is set."),
                click.Option(["--key-env"], metavar="NAME", help="The environment variable that holds the key."),
                click.Option(["--json", "as_json"], is_flag=True, help="One JSON document, for machines."),
                click.Option(["-v", "--verbose"], is_flag=True, help="With what was sent and what came, keys masked."),
                *(_option(setting) for setting in TABLE if setting.name == "config"),
            ],
            callback=_examine,
            help=_examine.__doc__,
            epilog="Exit codes: "
            + "; ".join(f"{each.code} {each.means}" for each in EXITS.values())
            + f"; {WRONG} a wrong option or setting.",
            short_help="Check an endpoint and say what it can do.",
        )
    )
    return version(made)


command = _command(
    {
        "callback": _start,
        "help": "Chat in the browser with a model behind an OpenAI-compatible endpoint, or with a small built-in one.",
        "epilog": _EPILOG,
        "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 110},
    }
)
