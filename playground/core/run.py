"""One question and what became of it: the frozen Request, and the Run that everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError
from playground.core.parameter import Mode
from playground.core.params import NOTHING_SET, Params
from playground.core.servers import Server

if TYPE_CHECKING:
    from playground.core.recording import Recording
    from playground.core.reply import Reply

Role = Literal["system", "user", "assistant"]
Status = Literal["running", "stopped", "done", "failed"]
StoppedBy = Literal["person", "absence", "restart"]
# How an answer that was cut off is taken up again; see `continuing`.
ContinueBy = Literal["continue_final_message", "trailing_assistant", "prefix", "completion"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn as it is sent."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, whole: later changes of settings cannot alter it.

    `model` is None where nobody has named one: the endpoint's first listed model is then asked for. `params` is all
    that is set. With `continue_by`, the last message is the assistant's unfinished answer and the reply is more of it.

    `mode` is what is known of the model, None where nothing is; a mode in `params` was chosen and counts for more.
    `prompt` is what a text completion sends: the visitor's own text, since a model without a chat format knows no turns
    (and, to continue, the text that came so far behind it). None: the last user message. `server` is None where it is
    not known; some parameters have other names on some. `asleep`: the endpoint had just said that it is at zero, or a
    gateway in its place: what comes late then came late because it woke.
    """

    endpoint: Endpoint
    messages: tuple[Message, ...]
    model: str | None = None
    continue_by: ContinueBy | None = None
    params: Params = NOTHING_SET
    mode: Mode | None = None
    prompt: str | None = None
    server: Server | None = None
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the visitor had chosen when this was asked, as a tab keeps it: to be put there again."""

    endpoint: str | None = None
    model: str | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, weakref_slot=True)
class Run:
    """A request, the reply so far, and how it ended. `record` is what went over the wire, None where nobody kept it.

    A run is *stopped* until proven otherwise: a cancel can arrive in several ways, and none of them has to be caught.
    """

    request: Request
    reply: Reply
    status: Status = "running"
    error: PlaygroundError | None = None
    # Who stopped it, where it was stopped: the person, the page's long absence, or the app's own end.
    stopped_by: StoppedBy = "person"
    notes: list[str] = field(default_factory=list)
    # Which one it is, for those who look it up.
    id: str = ""
    record: Recording | None = None
    chosen: Chosen = Chosen()
    # The parts of a continued answer that came before this one, oldest first, each as it ended.
    earlier: tuple[Run, ...] = ()

    @property
    def parts(self) -> tuple[Run, ...]:
        """All parts of the answer so far: each has a request of its own."""
        return (*self.earlier, self)
