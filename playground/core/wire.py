"""What a server sends, as our events: one JSON object of a stream, or a whole completion.

Tolerant by rule: a field that is missing, null or of another type counts as not sent; only an error object is an error.
Chat completions and text completions, of every dialect seen. Not here: the bytes around an object (`reading`), and what
is in one of its answers (`choices`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from playground.core.choices import ChoiceReader
from playground.core.errors import StreamFailed
from playground.core.events import Alternative, Event, ReasoningDelta, Served, TextDelta, Usage
from playground.core.reported import reported
from playground.core.texts import sound

# A count that is larger is no count of tokens.
_MOST = 2**53


class WireReader:
    """One reply's objects → events. Keeps what spans objects: the answers, told apart by their index, and the model.

    `error`: the server has sent an error object; the events that came with it are given all the same.
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        """`verbatim`: all text is the answer, tags of thinking too."""
        self._verbatim = verbatim
        self._answer = ChoiceReader(verbatim=verbatim)
        # Other answers to the same question, where several were asked for.
        self._others: dict[int, ChoiceReader] = {}
        self._model: str | None = None
        self.error: StreamFailed | None = None

    @property
    def finished(self) -> bool:
        """The server has given the answer's finish reason."""
        return self._answer.finished

    @property
    def passes_on(self) -> bool:
        """Whether text is given as it comes: there is no thinking in it whose end is looked for, and none held back."""
        return self.error is None and self._answer.thinking.passes_on

    def read(self, sent: Any, whole: Literal["delta", "message"] = "delta") -> list[Event]:
        """`whole`: "delta" for an object of a stream, "message" for a completion sent at once."""
        if not isinstance(sent, dict):
            return []
        self.error = reported(sent)
        events: list[Event] = []
        model = sent.get("model")
        if isinstance(model, str) and model and model != self._model:
            self._model = model
            events.append(Served(sound(model)))
        choices, usage = sent.get("choices"), sent.get("usage")
        for place, choice in enumerate(choices if isinstance(choices, list) else ()):
            if isinstance(choice, dict):
                events += self._choice(choice, place, whole)
                # Moonshot sends it here, Groq in a place of its own, all others beside the choices.
                usage = usage or choice.get("usage")
        if not usage and isinstance(elsewhere := sent.get("x_groq"), dict):
            usage = elsewhere.get("usage")
        if usage and (counts := _usage(usage)) is not None:
            events.append(counts)
        return events

    def more(self, kind: type[TextDelta] | type[ReasoningDelta], texts: Sequence[str]) -> list[Event]:
        """The same as `read` for objects that are known to say no more than these texts of the answer."""
        if kind is ReasoningDelta:
            return [ReasoningDelta("".join(texts), len(texts))]
        return [*self._answer.thinking.feed_all(texts)]

    def end(self) -> list[Event]:
        """What was held back."""
        others = (Alternative(index, said) for index, other in self._others.items() for said in other.end())
        return [*self._answer.end(), *others]

    def _choice(self, choice: dict[str, Any], place: int, whole: str) -> Iterator[Event]:
        if choice.get("error"):
            # OpenRouter puts it here where the rest of the object is in order.
            self.error = self.error or reported(choice)
        failed = self.error is not None
        index = choice.get("index")
        if not isinstance(index, int):
            index = place
        if index == 0:
            return self._answer.read(choice, whole, failed=failed)
        other = self._others.setdefault(index, ChoiceReader(verbatim=self._verbatim))
        return (Alternative(index, said) for said in other.read(choice, whole, failed=failed))


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    prompt = _count(usage.get("prompt_tokens", usage.get("input_tokens")))
    completion = _count(usage.get("completion_tokens", usage.get("output_tokens")))
    return None if prompt is None and completion is None else Usage(prompt, completion)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None
