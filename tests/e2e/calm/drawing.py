"""What an answer looks like, as values that can be compared: its elements, and where each of them stands."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

# Whether a text is drawn in one piece or block by block shall not be seen: the wrappers and the blanks between blocks
# do not count, nor do the names that are given anew for each drawing, nor a style with nothing in it.
_ELEMENTS = """answer => {
  const anew = ['id', 'aria-controls', 'aria-labelledby', 'aria-describedby', 'data-state'];
  const say = node => {
    if (node.nodeType !== Node.ELEMENT_NODE) return node.data;
    const names = [...node.attributes].filter(({ name, value }) => !anew.includes(name) && (name !== 'style' || value))
      .map(({ name, value }) => `${name}=${JSON.stringify(value)}`).sort();
    return `<${[node.localName, ...names].join(' ')}>${[...node.childNodes].map(say).join('')}</${node.localName}>`;
  };
  return [...answer.querySelectorAll('.prose')].flatMap(prose => [...prose.childNodes])
    .filter(node => node.nodeType === Node.ELEMENT_NODE || node.data.trim()).map(say);
}"""
_PLACES = """answer => { const from = answer.getBoundingClientRect();
  const all = 'h1,h2,h3,h4,h5,h6,[role=article],ul,ol,li,pre,code,table,tr,th,td,blockquote,img,math,hr,[role=none],' +
    '.rounded-lg';
  return [['answer', 0, 0, from.width, from.height], ...[...answer.querySelectorAll(all)].map(each => {
    const at = each.getBoundingClientRect();
    return [each.localName, at.left - from.left, at.top - from.top, at.width, at.height];
  })] }"""


def elements(answer: Locator) -> list[str]:
    """The answer's blocks as HTML, in order."""
    found: list[str] = answer.evaluate(_ELEMENTS)
    return found


def places(answer: Locator) -> list[tuple[str, list[float]]]:
    """Each element's name with left, top, width and height in px, from the answer's corner."""
    found: list[list[Any]] = answer.evaluate(_PLACES)
    return [(str(name), [float(number) for number in numbers]) for name, *numbers in found]


_COLOURS = """answer => [...CSS.highlights].flatMap(([name, ranges]) => [...ranges]
  .filter(range => answer.contains(range.startContainer))
  .map(range => `${name}: ${range.startContainer.data.slice(range.startOffset, range.endOffset)}`)).sort()"""


def colours(answer: Locator) -> list[str]:
    """What is coloured without an element of its own: the kind and the text of each piece, sorted."""
    found: list[str] = answer.evaluate(_COLOURS)
    return found
