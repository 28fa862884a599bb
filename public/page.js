// What the changed places of the page's script call (see playground/ui/page/patches.py): an answer that grows is drawn
// where it has grown and nowhere else.
(() => {
  "use strict";
  const drawers = new WeakMap(); // the page's Markdown renderer -> one that draws the same text only once

  // The children of an answer's element: its blocks, each drawn again only when it has changed. `page` has the page's
  // React, its jsx function and its Markdown renderer.
  window.playgroundDrawn = ({ React, jsx, Renderer }, text, how) => {
    if (!drawers.has(Renderer)) {
      const Block = ({ text, ...how }) => jsx(Renderer, { ...how, children: window.playgroundMarkdown(text) });
      drawers.set(Renderer, React.memo(Block));
    }
    const Block = drawers.get(Renderer);
    return window.playgroundBlocks(text).map((block, place) => jsx(Block, { ...how, text: block }, place));
  };

  // The browser compiles code when it first runs: drawing a first answer takes twice as long as any later one. So a short
  // text is worked through, and thrown away, while the page has nothing else to do.
  const SAMPLE = [
    "# One\n\nSome *text* with **weight**, `code`, a [link](https://example.com) and\na line more.",
    "1. first\n2. second\n   - inside\n\n> quoted",
    "```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |",
  ].join("\n\n");
  const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 500));
  window.playgroundWarm = (draw) => {
    const once = () => { for (const block of window.playgroundBlocks(SAMPLE)) draw({ children: window.playgroundMarkdown(block) }); };
    addEventListener("load", () => idle(() => { once(); idle(once); }));
  };

  // A text node gets the text that has come to it: a selection in it stays, which it does not in text that is replaced.
  // What is new need not be at the end: code ends with a line break whatever comes.
  window.playgroundGrow = (node, text) => {
    const before = node.nodeValue;
    if (before === text) return;
    const most = Math.min(before.length, text.length);
    let [same, end] = [0, 0];
    while (same < most && before[same] === text[same]) same += 1;
    while (end < most - same && before.at(-1 - end) === text.at(-1 - end)) end += 1;
    node.replaceData(same, before.length - same - end, text.slice(same, text.length - end));
  };

  // The page's rule for addresses empties those of pictures that a model sends inside its answer.
  const PICTURE = /^data:image\/(?:png|jpe?g|gif|webp|avif);base64,/i;
  window.playgroundAddress = (rule) => (address, name, node) =>
    name === "src" && PICTURE.test(address) ? address : rule(address, name, node);

  // Whether the reader has just moved the page: it must let itself be moved also while it glides to the end.
  const JUST = 300; // milliseconds
  let moved = -Infinity;
  for (const kind of ["wheel", "touchmove", "keydown"]) {
    addEventListener(kind, () => { moved = performance.now(); }, { capture: true, passive: true });
  }
  window.playgroundMoved = () => performance.now() - moved < JUST;

  // Whether the page follows the end after a scroll of its pane. Only a reader stops it, by going up: what has grown since
  // it was scrolled (a picture that is decoded) is no reason. Such a picture is followed when it comes.
  let seen = { pane: null, top: 0, follow: null };
  window.playgroundFollows = (pane, atEnd, follow) => {
    const up = seen.pane === pane && pane.scrollTop < seen.top;
    seen = { pane, top: pane.scrollTop, follow };
    return atEnd || (follow.current && !up);
  };
  document.addEventListener(
    "load",
    ({ target }) => {
      if (seen.follow?.current && seen.pane.contains(target)) seen.pane.scrollTop = seen.pane.scrollHeight;
    },
    { capture: true },
  );

  // A message as the page holds it is never changed, only replaced: what is found out about one can be kept.
  const kept = (find) => {
    const found = new WeakMap();
    return (thing) => {
      if (!found.has(thing)) found.set(thing, find(thing));
      return found.get(thing);
    };
  };
  const idsOf = kept((message) => [message.id, ...(message.steps ?? []).flatMap(idsOf)]);
  const byOwner = kept((all) => Map.groupBy?.(all, (each) => each.forId) ?? grouped(all));
  const grouped = (all) => {
    const groups = new Map();
    for (const each of all) groups.set(each.forId, [...(groups.get(each.forId) ?? []), each]);
    return groups;
  };
  const alike = (before, after, message) => {
    if (before === after) return true;
    const [old, now] = [byOwner(before), byOwner(after)];
    return idsOf(message).every((id) => {
      const [mine, new_] = [old.get(id) ?? [], now.get(id) ?? []];
      return mine.length === new_.length && mine.every((each, place) => each === new_[place]);
    });
  };

  // Whether a message looks as before: what belongs to other messages (their buttons, their pictures) is no matter.
  window.playgroundSame = (before, after) => {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) {
      if (before[name] === after[name]) continue;
      if (name !== "actions" && name !== "elements") return false;
      if (!alike(before[name], after[name], after.message)) return false;
    }
    return true;
  };

  // Whether there is anything to read yet, which is when the welcome goes and the composer moves down.
  window.playgroundSome = (messages) =>
    messages.some(({ type, steps }) => /^(user_message|assistant_message|tool)$/.test(type) || window.playgroundSome(steps ?? []));

  // Whether a message's turn is over: everything that was run for it has an end.
  window.playgroundOver = kept((message) => {
    const parts = message.steps ?? [];
    return parts.length > 0 && parts.every((part) => part.type !== "run" || Boolean(part.end));
  });

  // What the page tells a message of its surroundings. One whose turn is over is not told that another answer is under
  // way: it would be drawn again, all of a long chat, when one begins and when it ends.
  let calm = null;
  window.playgroundAround = (around, message) => {
    if (!window.playgroundOver(message)) return around;
    const now = { ...around, loading: false };
    const same = calm && Object.keys(now).every((name) => now[name] === calm[name]);
    if (!same) calm = now;
    return calm;
  };

  // What has come over the socket while the page was busy is handed on in one go, and drawn once: each message alone
  // would be a draw of the chat. The browser gives them one a task, so it is asked again while it brings more.
  const HOPS = 8;
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    #heard = [];
    #hear = null;
    #hops = 0;
    #before = 0;
    #soon = new MessageChannel();

    constructor(...how) {
      super(...how);
      this.#soon.port1.onmessage = () => this.#hop();
      super.onmessage = (event) => {
        if (this.#heard.push(event) > 1) return;
        this.#hops = this.#before = 0;
        this.#soon.port2.postMessage(null);
      };
    }

    #hop() {
      if (this.#heard.length > this.#before && ++this.#hops < HOPS) {
        this.#before = this.#heard.length;
        this.#soon.port2.postMessage(null);
        return;
      }
      const heard = this.#heard;
      this.#heard = [];
      for (const event of heard) this.#hear?.call(this, event);
    }

    get onmessage() {
      return this.#hear;
    }

    set onmessage(hear) {
      this.#hear = hear;
    }
  };

  // For the places where the page glides to where it should be.
  window.playgroundGlide = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
})();
