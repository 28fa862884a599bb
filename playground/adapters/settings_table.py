"""The table of settings: each with its type, default, names and help. Walked by the loader, the command line and tests.

Not here: what a type takes (`settings_types.py`), where values come from (`settings_layers.py`), how they are put
together (`settings.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, SecretStr

from playground.adapters.settings_types import Addresses, Count, File, Origins, Text
from playground.core.access import Audience
from playground.core.endpoint import Endpoint

PREFIX = "PLAYGROUND_"
Group = Literal["Endpoint", "Built-in model", "Server", "Visitors", "Conversations"]


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a setting besides its type and default.

    `takes` ends the sentence "It takes …". `metavar` stands for the value in the help; "" marks a switch, whose option
    is `--name` and whose opposite is `--no-name`. `default` describes a default that is not a plain value.
    """

    group: Group
    help: str
    takes: str
    metavar: str = ""
    default: str = ""
    in_file: bool = True


_COUNT = "a whole number from 1 up"


def _shown(what: str, default: str = "public, and operator where the app is served beyond this machine") -> Row:
    """Who sees a part of what stands beside the chat (`core/access.py`)."""
    return Row("Visitors", f"Who sees {what}: public or operator.", "public or operator", "WHO", default)


class Settings(BaseModel):
    """What the app goes by. `Settings()` is every default, with nothing read from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoints: tuple[InstanceOf[Endpoint], ...] = ()
    system_prompt: Annotated[
        Text | None,
        Row("Endpoint", "Text sent before every conversation.", "text", "TEXT", "nothing is sent"),
    ] = None
    max_tokens: Annotated[
        Count | None,
        Row("Endpoint", "Tokens an answer may have at most.", _COUNT, "N", "the endpoint's own limit"),
    ] = None
    wait_for_wake: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
        Row(
            "Endpoint",
            "Seconds for which a message waits for a model that loads, or wakes up from zero.",
            "a number of seconds from 0 up",
            "SECONDS",
        ),
    ] = 600
    ca_file: Annotated[
        File | None,
        Row(
            "Endpoint",
            "Certificates to trust besides the usual ones, for endpoints with a private authority.",
            "a file that holds certificates (PEM)",
            "FILE",
            "no file",
        ),
    ] = None
    local: Annotated[
        bool,
        Row("Built-in model", "Serve a small model of its own where no endpoint is set.", "1 or 0"),
    ] = True
    gguf: Annotated[
        File | None,
        Row(
            "Built-in model",
            "Model file to serve instead of the installed one.",
            "a file that exists",
            "FILE",
            "SmolLM2-135M-Instruct",
        ),
    ] = None
    local_context: Annotated[
        Annotated[int, Field(ge=256)],
        Row("Built-in model", "Tokens of context for each conversation.", "a whole number from 256 up", "N"),
    ] = 8192
    local_slots: Annotated[Count, Row("Built-in model", "Answers it can write at the same time.", _COUNT, "N")] = 2
    local_threads: Annotated[
        Count | None,
        Row("Built-in model", "Processor threads it uses.", _COUNT, "N", "one fewer than processors, at least 1"),
    ] = None
    host: Annotated[
        Text,
        Row("Server", "Address to listen on; 0.0.0.0 is every address.", "a host name or an IP address", "ADDRESS"),
    ] = "127.0.0.1"
    port: Annotated[
        Annotated[int, Field(ge=0, le=65535)],
        Row("Server", "Port to listen on; 0 is any free one.", "a whole number from 0 to 65535", "N"),
    ] = 8000
    headless: Annotated[bool, Row("Server", "Do not open a browser.", "1 or 0")] = False
    allowed_origins: Annotated[
        Origins,
        Row(
            "Server",
            "Other sites whose pages may use this app, separated by commas.",
            "origins such as https://chat.example.org, separated by commas",
            "ORIGINS",
            "none",
        ),
    ] = ()
    state_dir: Annotated[
        File | None,
        Row(
            "Server",
            "Folder for what is written while the app runs.",
            "a folder",
            "FOLDER",
            "inference-playground in the user's state folder",
        ),
    ] = None
    page_as_shipped: Annotated[
        bool,
        Row(
            "Server",
            "Serve the page's script as Chainlit ships it: slower, without this app's changes to it.",
            "1 or 0",
        ),
    ] = False
    metrics_every: Annotated[
        Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)],
        Row(
            "Server",
            "Seconds between two looks at an endpoint's metrics page while somebody looks at the metrics.",
            "a number of seconds from 1 to 60",
            "SECONDS",
        ),
    ] = 2
    metrics_always: Annotated[
        bool, Row("Server", "Look at the endpoints' metrics pages also while nobody looks.", "1 or 0")
    ] = False
    lock: Annotated[
        bool,
        Row("Visitors", "Visitors can neither see nor change endpoints, keys and the list of models.", "1 or 0"),
    ] = False
    typed_addresses: Annotated[
        Addresses | None,
        Row(
            "Visitors",
            "Where an endpoint may be that a visitor types: public, private, and hosts, separated by commas.",
            "public, private and names of hosts, separated by commas",
            "ADDRESSES",
            "public, and private where the app listens on this machine only",
        ),
    ] = None
    show_details: Annotated[Audience | None, _shown("what an endpoint is", "public")] = None
    show_metrics: Annotated[Audience | None, _shown("an endpoint's metrics")] = None
    show_logs: Annotated[Audience | None, _shown("the logs")] = None
    show_request: Annotated[Audience | None, _shown("the exact request of one's own answers", "public")] = None
    show_requests: Annotated[Audience | None, _shown("the requests of others")] = None
    key_hours: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)],
        Row(
            "Visitors",
            "Hours for which a key that a visitor typed is kept after its last use.",
            "a number above 0",
            "N",
        ),
    ] = 4
    keep_hours: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)],
        Row("Conversations", "Hours for which a conversation is kept after its last use.", "a number above 0", "N"),
    ] = 12
    abandon_after: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)],
        Row(
            "Conversations",
            "Seconds after which an answer is stopped whose page is gone.",
            "a number of seconds above 0",
            "SECONDS",
        ),
    ] = 600
    max_message_chars: Annotated[Count, Row("Conversations", "Characters a message may have at most.", _COUNT, "N")] = (
        1_000_000
    )


class Given(Settings):
    """What can be given from outside: the settings, and what the endpoints are made of."""

    endpoint_url: Annotated[
        Text | None,
        Row(
            "Endpoint",
            "Address of the OpenAI-compatible endpoint.",
            "an address such as http://localhost:8000/v1",
            "URL",
            "the built-in model",
        ),
    ] = None
    api_key: Annotated[
        SecretStr | None,
        Row(
            "Endpoint",
            "Its key. Other users of this machine can see options: better a variable, or a file.",
            "a key without spaces",
            "KEY",
            "no key",
        ),
    ] = None
    api_key_file: Annotated[
        File | None,
        Row("Endpoint", "File that holds the key and nothing else.", "a file that exists", "FILE", "no file"),
    ] = None
    model: Annotated[
        Text | None,
        Row("Endpoint", "Model to ask for.", "a model's name", "NAME", "the first one the endpoint lists"),
    ] = None
    name: Annotated[
        Text | None,
        Row("Endpoint", "Name the endpoint is shown under.", "a name", "NAME", "the host in its address"),
    ] = None
    config: Annotated[
        File | None,
        Row(
            "Server",
            "Settings file (TOML).",
            "a file that exists",
            "FILE",
            "inference-playground/config.toml in the user's configuration folder, if it is there",
            in_file=False,
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table. `default` is in words."""

    name: str
    row: Row
    default: str

    @property
    def env(self) -> str:
        """The name of its environment variable."""
        return PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        """The option as it is shown; a switch that is on by default is shown by what turns it off."""
        dashed = self.name.replace("_", "-")
        return f"--no-{dashed}" if self.switch and self.default == "1" else f"--{dashed}"

    @property
    def switch(self) -> bool:
        """Whether its option takes no value."""
        return not self.row.metavar


def _default(row: Row, value: object) -> str:
    if row.default:
        return row.default
    return str(int(value)) if isinstance(value, bool) else str(value)


# In the order in which it is shown: by group, the endpoint first.
_FIRST = ("endpoint_url", "api_key", "api_key_file", "model", "name")
_FIELDS = {name: Given.model_fields[name] for name in (*_FIRST, *Given.model_fields)}
_GROUPS: tuple[Group, ...] = ("Endpoint", "Built-in model", "Server", "Visitors", "Conversations")
TABLE: tuple[Setting, ...] = tuple(
    Setting(name, row, _default(row, field.default))
    for group in _GROUPS
    for name, field in _FIELDS.items()
    for row in field.metadata
    if isinstance(row, Row) and row.group == group
)
