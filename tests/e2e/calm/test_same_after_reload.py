"""What stands on the page at the end of a streamed answer is what a reload draws: the same elements at the same places.

And the patched page, which draws by blocks, draws what the same page makes of the whole text. Every document of the
corpus is streamed, one after another, in one chat; then the page is reloaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.calm.conftest import Apps
from tests.e2e.calm.drawing import colours, elements, places
from tests.e2e.calm.reader import Reader
from tests.e2e.conftest import Endpoint
from tests.stage import corpus, document, tokens

# Fast enough for a test, slow enough that each document is drawn in many states of half-arrival.
RATE = 600
PX = 0.5
# In place of what cuts a text into blocks (public/blocks.js).
IN_ONE_PIECE = """pieces = 0; Object.defineProperty(window, 'playgroundBlocks',
  { get: () => text => (pieces++, text ? [text] : []), set: () => {} })"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer as it stands on the page."""

    elements: list[str]
    places: list[tuple[str, list[float]]]


@dataclass(frozen=True, slots=True)
class Chat:
    """Every document of the corpus, by name; `reader` sees the page after the reload.

    `colours` as streamed: they are laid over code when it has rested.
    """

    streamed: dict[str, Drawn]
    colours: dict[str, list[str]]
    reloaded: dict[str, Drawn]
    reader: Reader


class Chats:
    """One for each build, made when it is first asked for."""

    def __init__(self, browser: Browser, apps: Apps, endpoint: Endpoint) -> None:
        self._browser, self._apps, self._endpoint = browser, apps, endpoint
        self._made: dict[str, Chat] = {}

    def __getitem__(self, build: str) -> Chat:
        if build not in self._made:
            context = self._browser.new_context(viewport={"width": 1280, "height": 900})
            self._made[build] = streamed_and_reloaded(Reader(context, self._apps[build].url, self._endpoint))
        return self._made[build]

    @cached_property
    def in_one_piece(self) -> dict[str, Drawn]:
        """What the patched page makes of each document when nothing cuts it into blocks."""
        reader = self["patched"].reader
        reader.page.add_init_script(IN_ONE_PIECE)
        made = reloaded(reader)
        assert reader.page.evaluate("pieces") >= len(corpus())
        return made

    def close(self) -> None:
        for chat in self._made.values():
            chat.reader.page.context.close()


@pytest.fixture(scope="session")
def chats(browser: Browser, apps: Apps, endpoint: Endpoint) -> Iterator[Chats]:
    made = Chats(browser, apps, endpoint)
    yield made
    made.close()


@pytest.fixture
def chat(chats: Chats, build: str) -> Chat:
    return chats[build]


def streamed_and_reloaded(reader: Reader) -> Chat:
    streamed = {}
    for number, name in enumerate(corpus()):
        reader.send(f"markdown-{name}-{RATE}")
        expect(reader.figures(number)).to_have_count(1, timeout=5000 + 5000 * len(tokens(document(name))) / RATE)
        streamed[name] = drawn(reader, number)
    coloured = {name: colours(reader.answers.nth(number)) for number, name in enumerate(corpus())}
    return Chat(streamed, coloured, reloaded(reader), reader)


def reloaded(reader: Reader) -> dict[str, Drawn]:
    reader.reload()
    expect(reader.answers).to_have_count(len(corpus()))
    return {name: drawn(reader, number) for number, name in enumerate(corpus())}


def drawn(reader: Reader, number: int) -> Drawn:
    """Once what comes after the first drawing (the shipped page's colours of code, pictures) is there as well."""
    answer = reader.answers.nth(number)
    expect(answer.locator("pre code:not(.hljs)")).to_have_count(0)
    reader.until(
        lambda: bool(answer.evaluate("answer => [...answer.querySelectorAll('img')].every(image => image.complete)")),
        "the pictures are there",
    )
    return Drawn(elements(answer), places(answer))


def test_no_document_makes_the_page_complain(chat: Chat) -> None:
    assert chat.reader.errors == []
    assert chat.reader.outside == []


@pytest.mark.parametrize("name", corpus())
def test_the_elements_are_the_same(chat: Chat, name: str) -> None:
    assert chat.streamed[name].elements == chat.reloaded[name].elements
    assert chat.streamed[name].elements


@pytest.mark.parametrize("name", corpus())
def test_everything_stands_at_the_same_place(chat: Chat, name: str) -> None:
    same_places(chat.streamed[name], chat.reloaded[name])


@pytest.mark.parametrize("name", corpus())
def test_code_has_the_same_colours(chat: Chat, name: str) -> None:
    answer = chat.reader.answers.nth(corpus().index(name))
    chat.reader.until(lambda: colours(answer) == chat.colours[name], "the colours are the same", seconds=5)


@pytest.mark.parametrize("name", corpus())
def test_drawn_by_blocks_it_is_what_it_is_when_drawn_in_one_piece(chats: Chats, name: str) -> None:
    by_blocks, whole = chats["patched"].reloaded[name], chats.in_one_piece[name]
    assert by_blocks.elements == whole.elements
    same_places(by_blocks, whole)


def same_places(one: Drawn, other: Drawn) -> None:
    assert [name for name, _ in one.places] == [name for name, _ in other.places]
    for (name, here), (_, there) in zip(one.places, other.places, strict=True):
        assert here == pytest.approx(there, abs=PX), name
