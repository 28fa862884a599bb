// Colours in code that is still being written: laid over the text (CSS Custom Highlight API), never put into it.
//
// The page's highlighter replaces the text by coloured elements, once: code that grows would lose its colours with the
// next frame, and the reader's selection with them. Here the text stays one node that only gets longer; where the
// browser has no such highlights the code stays plain. The colours are in playground.css, as ::highlight(code-…).
//
// playgroundColour(highlighter, element, language) colours the text of an element and gives a function that takes the
// colours away again. Long code is not coloured anew with each frame but when it has rested.
(() => {
  "use strict";
  const KINDS = {
    comment: ["comment", "quote"],
    keyword: ["keyword", "selector-tag", "literal", "name", "tag", "operator", "doctag"],
    string: ["string", "regexp", "addition", "attribute", "selector-attr", "selector-pseudo", "char"],
    number: ["number", "symbol", "bullet", "link", "meta", "deletion"],
    title: ["title", "section", "selector-id", "selector-class", "built_in", "type"],
    name: ["attr", "variable", "template-variable", "params", "property", "subst"],
  };
  const KIND = new Map(Object.entries(KINDS).flatMap(([kind, scopes]) => scopes.map((scope) => [`hljs-${scope}`, kind])));
  const LONGEST = 100_000; // characters; a file pasted whole is not worth the seconds
  const QUICK = 2_000; // characters that are coloured within a frame
  const REST = 150; // milliseconds

  const shown = (kind) => {
    const name = `code-${kind}`;
    if (!CSS.highlights.has(name)) CSS.highlights.set(name, new Highlight());
    return CSS.highlights.get(name);
  };

  const colour = (highlighter, element, language) => {
    const node = element.firstChild;
    const text = node?.nodeType === Node.TEXT_NODE && element.childNodes.length === 1 ? node.data : "";
    if (!text || text.length > LONGEST) return [];
    const parsed = document.createElement("template");
    parsed.innerHTML = highlighter.highlight(text, { language, ignoreIllegals: true }).value;
    const ranges = [];
    let at = 0;
    const walk = (parent, kind) => {
      for (const child of parent.childNodes) {
        if (child.nodeType !== Node.TEXT_NODE) {
          const own = [...child.classList].map((name) => KIND.get(name)).find(Boolean);
          walk(child, own ?? kind);
          continue;
        }
        const end = at + child.data.length;
        if (kind) ranges.push([kind, new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: end })]);
        at = end;
      }
    };
    walk(parsed.content, null);
    // What was not taken letter for letter would colour the wrong letters.
    return at === text.length ? ranges : [];
  };

  const colours = new WeakMap(); // of each element: its ranges, and the timer of the next look
  const clear = (held) => {
    for (const [kind, range] of held.ranges) shown(kind).delete(range);
    held.ranges = [];
  };

  window.playgroundColour = (highlighter, element, language) => {
    if (!element || !globalThis.CSS?.highlights || !highlighter.getLanguage(language)) return undefined;
    const held = colours.get(element) ?? { ranges: [], timer: null };
    colours.set(element, held);
    const draw = () => {
      held.timer = null;
      clear(held);
      if (!element.isConnected) return;
      held.ranges = colour(highlighter, element, language);
      for (const [kind, range] of held.ranges) shown(kind).add(range);
    };
    if (element.textContent.length <= QUICK) draw();
    else held.timer ??= setTimeout(draw, REST);
    return () => {
      // React calls this before each next one as well: the colours stay until then, or the code would flicker.
      setTimeout(() => element.isConnected || (clearTimeout(held.timer), clear(held)));
    };
  };
})();
