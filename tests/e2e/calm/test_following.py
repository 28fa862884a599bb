"""The page follows the end of the answer, and never pulls back a reader who has scrolled up."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.calm.answers import paragraphs
from tests.e2e.calm.reader import Reader
from tests.stage import HOLD, document

GLIDES_ON = "while Chainlit's page scrolls by itself it does not notice that the reader scrolls up"
NO_NAME = "Chainlit's button has a picture and no name"
# So near to the end counts as at the end: the page itself says 10 px.
AT_THE_END = 10


def long_answer(reader: Reader, rate: int = 100) -> None:
    """More than a page of text, then a hold, and much more of it."""
    reader.ask(f"{paragraphs(12)}\n\nA stop.{HOLD}\n\n{paragraphs(40)}\n\nThe end.", rate)


def filled(reader: Reader) -> None:
    """The endpoint holds; the page is full and at the end."""
    long_answer(reader, 0)
    reader.sees("A stop.")
    reader.until(lambda: reader.below <= AT_THE_END and reader.top > 0, "the page is at the end")


def streaming_at(reader: Reader, rate: int) -> None:
    """As `filled`, and text comes at this rate."""
    reader.ask(f"{paragraphs(40)}\n\nThe end.", rate)
    reader.sees("p5w1 ")
    reader.until(lambda: reader.top > 0, "the page is full")


def scroll_up(reader: Reader, how: str) -> float:
    """Returns where the reader came to."""
    if how == "wheel":
        reader.wheel(-10)
    else:
        before = reader.top
        reader.answer.get_by_text("p11w0").click()
        reader.page.keyboard.press("PageUp")
        reader.until(lambda: reader.top < before - 300, "the chat scrolls a page")
    settled(reader)
    return reader.top


def settled(reader: Reader) -> None:
    """Waits until the chat has ceased to move by itself: twenty frames at one place."""
    reader.page.evaluate(
        """pane => new Promise(done => { let last = -1, same = 0;
        const look = () => { same = pane.scrollTop === last ? same + 1 : 0; last = pane.scrollTop;
          same === 20 ? done() : requestAnimationFrame(look) };
        look() })""",
        reader.pane,
    )


def test_the_page_follows_the_end(reader: Reader) -> None:
    reader.ask(f"{paragraphs(14)}\n\nThe end.", 400)
    reader.sees("p4w1 ")
    # At each moment the end is in view, but for the height of what came with the last frame.
    most = 0.0
    while "The end." not in reader.text:
        if reader.top > 0:
            most = max(most, reader.below)
    assert most <= 100
    reader.idle()
    reader.until(lambda: reader.below <= AT_THE_END, "the end is in view")
    expect(reader.down_button).to_have_count(0)


@pytest.mark.parametrize("how", ["wheel", "keyboard"])
def test_a_reader_who_has_scrolled_up_is_not_pulled_back(reader: Reader, how: str) -> None:
    filled(reader)
    settled(reader)
    came_to = scroll_up(reader, how)
    reader.release()
    reader.answered("The end.")
    expect(reader.figures()).to_have_count(1)
    settled(reader)
    assert reader.top == came_to
    assert reader.below > 1000


def test_a_reader_who_scrolls_up_in_the_middle_of_the_stream_is_not_pulled_back(reader: Reader) -> None:
    streaming_at(reader, 200)
    reader.wheel(-10)
    came_to = reader.top
    expect(reader.down_button).to_be_visible()
    before = len(reader.text)
    reader.until(lambda: len(reader.text) > before + 1500, "more has come")
    # The wheel glides: up, and not down again.
    assert reader.top <= came_to
    reader.stop()
    reader.idle()
    assert reader.top <= came_to


def test_a_button_says_that_there_is_more_below_and_brings_one_back(reader: Reader) -> None:
    filled(reader)
    settled(reader)
    scroll_up(reader, "wheel")
    expect(reader.down_button).to_be_visible()
    reader.down_button.click()
    reader.until(lambda: reader.below <= AT_THE_END, "the end is in view again")
    expect(reader.down_button).to_have_count(0)
    # And from here on the page follows again.
    reader.release()
    reader.answered("The end.")
    reader.until(lambda: reader.below <= AT_THE_END, "the end is in view")


@pytest.mark.patched_only(GLIDES_ON)
def test_who_came_back_to_the_end_by_the_button_can_leave_it_again_while_text_comes(reader: Reader) -> None:
    streaming_at(reader, 200)
    reader.wheel(-10)
    expect(reader.down_button).to_be_visible()
    reader.down_button.click()
    reader.until(lambda: reader.below <= AT_THE_END, "the end is in view again")
    reader.wheel(-10, seconds=3)
    came_to = reader.top
    before = len(reader.text)
    reader.until(lambda: len(reader.text) > before + 1500, "more has come")
    assert reader.top <= came_to
    reader.stop()
    reader.idle()


@pytest.mark.patched_only(NO_NAME)
def test_the_button_to_the_end_has_a_name(reader: Reader) -> None:
    filled(reader)
    settled(reader)
    scroll_up(reader, "wheel")
    expect(reader.down_button).to_be_visible()
    assert reader.down_button.evaluate("b => (b.ariaLabel || b.title || b.textContent).trim()")
    reader.release()
    reader.answered("The end.")


ENDS = ["emit-0-20", "scenario:error_in_stream", "scenario:server_error"]


@pytest.mark.parametrize(
    "ends", [*ENDS, *(pytest.param(each, marks=pytest.mark.reduced_motion, id=f"{each}, less motion") for each in ENDS)]
)
def test_a_short_turn_ends_with_all_of_it_in_view(reader: Reader, ends: str) -> None:
    reader.send("emit-0-150")
    expect(reader.figures()).to_have_count(1)
    settled(reader)
    reader.send(ends)
    expect(reader.turn_ends).to_have_count(2)
    expect(reader.turn_ends.last).to_be_in_viewport()
    settled(reader)
    assert reader.below <= AT_THE_END


def test_a_picture_that_is_drawn_late_does_not_end_the_following(reader: Reader) -> None:
    picture = document("images").split("\n", 1)[0]
    reader.ask(f"{paragraphs(12)}\n\n{picture}\n\n{paragraphs(4)}\n\n{picture}\n\nThe end.", 0)
    reader.sees("The end.")
    reader.idle()
    reader.until(lambda: reader.below <= AT_THE_END, "the end is in view")
    settled(reader)
    assert reader.below <= AT_THE_END
    expect(reader.down_button).to_have_count(0)
