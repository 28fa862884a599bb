"""What is on the page stays where it is, moves no more than the reader wants, and typing goes on beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.calm.answers import TOUR, paragraphs
from tests.e2e.calm.reader import Reader
from tests.e2e.calm.typing_delay import TYPED, delays, watch_typing
from tests.stage import HOLD

GLIDES = "Chainlit's page asks for a smooth scroll, whatever the reader's system says of motion"
# Of the window and of its height, as Chromium counts it (the layout instability's score).
SHIFT = 0.02
SHIFTS = """() => { shifts = []; window.shiftObserver ??= new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push([entry.value,
    entry.sources.map(source => source.node?.parentElement?.outerHTML.slice(0, 120) ?? '')]) });
  shiftObserver.observe({ type: 'layout-shift' }) }"""
MOVING = """document.getAnimations().filter(each => { const timing = each.effect.getComputedTiming();
  return each.playState === 'running' && (timing.iterations === Infinity || timing.endTime > 50) })
  .map(each => `${each.animationName ?? each.transitionProperty} of ${each.effect.target?.className}`)"""


@pytest.mark.parametrize("rate", [100, 400])
def test_nothing_that_was_read_moves_while_an_answer_is_written(reader: Reader, rate: int) -> None:
    reader.page.evaluate(SHIFTS)
    reader.ask(TOUR, rate, reasoning="First I think about it.")
    reader.answered("the last word")
    expect(reader.figures()).to_have_count(1)
    seen = reader.page.evaluate("shifts")
    assert sum(value for value, _ in seen) <= SHIFT, seen


def test_what_is_typed_while_text_comes_arrives_whole_and_in_order(reader: Reader) -> None:
    reader.ask(f"{paragraphs(20)}\n\nThe end.", 100)
    reader.sees("p0w5 ")
    watch_typing(reader.page)
    reader.page.locator("#chat-input").focus()
    reader.page.keyboard.type(TYPED)
    expect(reader.page.locator("#chat-input")).to_have_value(TYPED)
    expect(reader.page.locator("#chat-input")).to_be_focused()
    expect(reader.stop_button).to_be_visible()
    reader.until(lambda: len(delays(reader.page)) == len(TYPED), "each key was seen in a frame")
    reader.stop()
    reader.idle()
    expect(reader.page.locator("#chat-input")).to_have_value(TYPED)


@pytest.mark.reduced_motion
def test_where_less_motion_is_asked_for_nothing_moves_while_thinking_and_writing(reader: Reader) -> None:
    reader.ask(f"The answer{HOLD} goes on. The end.", reasoning=f"I think{HOLD} and think.")
    thinking = reader.page.locator('.step[data-step-type="tool"]')
    expect(thinking).to_contain_text("Thinking")
    reader.until(lambda: reader.page.evaluate(MOVING) == [], "nothing moves while it thinks", seconds=2)
    thinking.get_by_role("button").first.click()
    expect(thinking).to_contain_text("I think")
    reader.until(lambda: reader.page.evaluate(MOVING) == [], "nothing moves when it is opened", seconds=2)
    reader.release()
    reader.sees("The answer")
    reader.until(lambda: reader.page.evaluate(MOVING) == [], "nothing moves while it writes", seconds=2)
    reader.release()
    reader.answered("The end.")


@pytest.mark.reduced_motion
@pytest.mark.patched_only(GLIDES)
def test_where_less_motion_is_asked_for_the_page_jumps_to_the_end(reader: Reader) -> None:
    reader.ask(f"{paragraphs(20)}\n\nThe end.", 0)
    reader.answered("The end.")
    reader.wheel(-20)
    expect(reader.down_button).to_be_visible()
    first = reader.page.evaluate(
        """([pane, button]) => new Promise(done => { const seen = [pane.scrollTop]; button.click();
        const look = () => { seen.push(pane.scrollTop); seen.length === 30 ? done(seen) : requestAnimationFrame(look) };
        requestAnimationFrame(look) })""",
        [reader.pane, reader.down_button.element_handle()],
    )
    assert len(set(first)) == 2, first


@pytest.mark.reduced_motion
def test_where_less_motion_is_asked_for_a_change_of_size_counts_at_once(reader: Reader) -> None:
    """A change that takes its time, however short, is not there yet when the page measures itself to follow the end."""
    seen = reader.page.evaluate(
        """() => { const box = document.body.appendChild(document.createElement('div')); box.style.height = '10px';
        box.offsetHeight; box.style.height = '50px'; const seen = box.offsetHeight; box.remove(); return seen }"""
    )
    assert seen == 50
