"""What a model can do: claims from every source, each with its origin, and the rule by which they are folded.

Not here: which field of which server makes which claim (`claims`), and the requests that try an ability out (`trials`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Ability = Literal[
    "chat",
    "completion",
    "vision",
    "audio",
    "video",
    "tools",
    "reasoning",
    "structured",
    "logprobs",
    "system",
    "embeddings",
    "rerank",
    "transcription",
    "speech",
    "images",
    "moderation",
]
Origin = Literal["said", "tried", "guessed"]
# What a claim is about: this model, or whatever the server serves.
Scope = Literal["model", "server"]

# Each ability in words: a badge's label, and the sentence "It …" where it is the only one.
LABELS: dict[Ability, str] = {
    "chat": "Chat",
    "completion": "Text completion",
    "vision": "Pictures",
    "audio": "Audio",
    "video": "Video",
    "tools": "Tools",
    "reasoning": "Reasoning",
    "structured": "Structured output",
    "logprobs": "Token probabilities",
    "system": "System prompt",
    "embeddings": "Embeddings",
    "rerank": "Reranking",
    "transcription": "Speech to text",
    "speech": "Text to speech",
    "images": "Picture generation",
    "moderation": "Moderation",
}
# What a model may be for instead of chatting.
SOLE: dict[Ability, str] = {
    "embeddings": "makes embeddings only: numbers that stand for a text, for search and comparison",
    "rerank": "only ranks texts by how well they fit a question",
    "transcription": "only turns speech into text",
    "speech": "only turns text into speech",
    "images": "only makes pictures",
    "moderation": "only judges whether a text is allowed",
}
# How a thing is known, in words that stand in front of its source.
ORIGINS: Mapping[Origin, str] = {"said": "said by", "tried": "found by", "guessed": "guessed from"}
_TALKS: tuple[Ability, ...] = ("chat", "completion")
_ORIGINS: dict[Origin, int] = {"said": 0, "tried": 1, "guessed": 2}
_SCOPES: dict[Scope, int] = {"model": 0, "server": 1}


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word on one ability. `source` names it for a person: "/props modalities", "the model's name"."""

    ability: Ability
    able: bool
    origin: Origin
    source: str
    scope: Scope = "model"

    @property
    def rank(self) -> tuple[int, int, bool]:
        """The lower, the more it counts: see `Capabilities`."""
        return _ORIGINS[self.origin], _SCOPES[self.scope], not self.able


@dataclass(frozen=True, slots=True)
class Capabilities:
    """All that is claimed of one model.

    Where claims differ, what was said counts more than what was tried, and that more than a guess; then what is about
    the model more than what is about its server; then yes more than no, since a list leaves out what it has not heard
    of. The one that lost is not thrown away: `against` gives it. An ability that nobody speaks of is unknown: None.
    """

    claims: tuple[Claim, ...] = ()

    def of(self, ability: Ability) -> Claim | None:
        """The claim that counts."""
        return min((claim for claim in self.claims if claim.ability == ability), key=lambda c: c.rank, default=None)

    def can(self, ability: Ability) -> bool | None:
        """Whether it can; None where nobody says."""
        claim = self.of(ability)
        return None if claim is None else claim.able

    def against(self, ability: Ability) -> Claim | None:
        """The strongest claim that says the opposite of the one that counts."""
        counts = self.of(ability)
        if counts is None:
            return None
        others = (claim for claim in self.claims if claim.ability == ability and claim.able != counts.able)
        return min(others, key=lambda c: c.rank, default=None)

    def also(self, claims: Iterable[Claim]) -> Capabilities:
        """With more claims; one that is there already is not doubled."""
        return Capabilities(tuple(dict.fromkeys((*self.claims, *claims))))

    @property
    def sole(self) -> Claim | None:
        """What it is for instead of chatting, where that is known: embeddings only, speech only, …

        A guess counts only where nothing better says that it can chat.
        """
        found = [claim for ability in SOLE if (claim := self.of(ability)) is not None and claim.able]
        best = min(found, key=lambda c: c.rank, default=None)
        if best is None:
            return None
        for ability in _TALKS:
            claim = self.of(ability)
            if claim is not None and claim.able and claim.rank <= best.rank:
                return None
        # What is only guessed, or true of the whole server, makes no "only" where nothing speaks against a chat.
        talks_not = any(self.can(ability) is False for ability in _TALKS)
        return best if talks_not else None


# Nothing is known.
UNKNOWN = Capabilities()


def only(ability: Ability, origin: Origin, source: str, scope: Scope = "model") -> tuple[Claim, ...]:
    """The claims of a source that says what a model is for, where that is no talking."""
    return (
        Claim(ability, able=True, origin=origin, source=source, scope=scope),
        *(Claim(talk, able=False, origin=origin, source=source, scope=scope) for talk in _TALKS),
    )
