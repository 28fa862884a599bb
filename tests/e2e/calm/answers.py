"""The texts that the calm tests stream, with `HOLD` where the stream waits for the test."""

from __future__ import annotations

from tests.stage import HOLD, document

LINE = "and_a_name_that_goes_on = compute(something, something_else, and_more)  # " + "so that the line is long " * 8
FILLER = "\n\n".join(" ".join(f"more{part}x{number}" for number in range(30)) for part in range(3))


def paragraphs(count: int, words: int = 40) -> str:
    """Plain paragraphs of `p0w0 p0w1 …`."""
    return "\n\n".join(" ".join(f"p{part}w{number}" for number in range(words)) for part in range(count))


# Everything that Markdown has, with the place to select in each kind of block. The stream holds once all of it is
# there, then writes on.
EVERYTHING = f"""# A heading with words

A paragraph with words in it, **bold words** and a [linked text](https://example.org).

- an item with words
  - a deeper item with words

> a quotation with words

| a column | another |
|---|---|
| a cell with words | 2 |

```python
code_with_words = 1  # {LINE}
```

The area is $A = \\pi r^2$, and

$$
E = m c^2
$$

That is it so far.

{HOLD}{FILLER}

A second time to hold.{HOLD}

The end."""

TOUR = document("tour")
