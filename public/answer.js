// The panel of one answer: how it went, when what came, the call as a program, what became of each parameter, the tries
// with their headers, the events, the lines of the log (answer_parts.js, answer_more.js). While an answer is under way
// its figures and times are asked for once a second and drawn; the rest when there is more of it, and what is as it was
// stays untouched: what somebody reads, has opened, selected or is about to press.
(() => {
  "use strict";
  const { make, drawer, calm, answer } = window.playground;
  const EVERY = 1000; // milliseconds between two looks at an answer that is under way
  const AGAIN = 3000; // and after one that was not answered
  const FOCUSABLE = "button, select, input, summary, pre";

  // In this order: the name, what of the answer it is drawn from, and how.
  const PARTS = [
    ["figures", (data) => [data.figures, data.error], answer.figures],
    ["links", (data) => [data.here, data.again, data.endpoint, data.parts, data.run, data.ids, Boolean(data.span)], answer.links],
    ["timeline", (data) => data.timeline, answer.timeline],
    ["program", (data) => [data.snippets, data.variables, data.request.dropped, data.request.masked], answer.programs],
    ["request", (data) => data.request, answer.request],
    ["fates", (data) => data.fates, answer.parameters],
    ["tries", (data) => data.attempts, answer.tries],
    ["events", (data) => [data.raw, data.status === "running"], answer.events],
    ["log", (data) => [data.run, data.status === "running"], answer.log],
    ["report", (data) => data.run, answer.report],
  ];
  // `which`: { turn } or { run }; `data`: what the app said of it; `kept`: what is open, ticked and listed. `open` goes
  // to another part of the same answer.
  const panel = {
    which: null,
    data: null,
    kept: new Map(),
    open: (next) => {
      panel.which = { ...next };
      look(true);
    },
  };
  let body;
  let later; // the next look
  let seen = false;
  let looks = 0;

  // Opening it costs nothing but its own request: the app's own action is not called.
  addEventListener("click", (event) => {
    const button = event.target.closest?.('button[id*=":details:"]');
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    drawer.show("answer", { turn: button.id.slice(0, button.id.indexOf(":")) });
  }, true);

  // The app asks now and then when what it sent is painted: after the frame that is drawn next.
  addEventListener("message", (event) => {
    if (event.source !== window || event.data?.playground !== "frame" || document.hidden) return;
    const f = event.data.f;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.postMessage({ playground: "painted", f }, location.origin);
      port2.postMessage(null);
    });
  });

  // Only what is another than it was, and in its place: with the focus and the scrolling that were in it.
  const boxes = new Map(); // name -> { box, drawn }
  const draw = () => {
    const top = body.parentElement.scrollTop;
    for (const [name, of, write] of PARTS) {
      if (!boxes.has(name)) boxes.set(name, { box: make(body, "div"), drawn: "" });
      const part = boxes.get(name);
      const drawn = JSON.stringify(of(panel.data));
      if (part.drawn === drawn) continue;
      part.drawn = drawn;
      const focused = [...part.box.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
      const scrolled = [...part.box.querySelectorAll("pre")].map((each) => [each.scrollTop, each.scrollLeft]);
      part.box.replaceChildren();
      write(panel, part.box);
      part.box.querySelectorAll("pre").forEach((each, at) => { [each.scrollTop, each.scrollLeft] = scrolled[at] ?? [0, 0]; });
      if (focused >= 0) part.box.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
    }
    body.parentElement.scrollTop = top;
  };
  const blank = (text) => {
    boxes.clear();
    body.replaceChildren();
    answer.hint(body, text);
  };

  // Whatever becomes of a look, the next one is settled before it ends.
  const look = async (whole) => {
    clearTimeout(later);
    const mine = (looks += 1);
    const late = () => mine !== looks || !seen;
    const { said, wrong, refused } = await answer.ask(whole ? "" : "/live", panel.which);
    if (late()) return;
    if (!said) {
      // What is shown stays where the app is only away; one that says no is not asked again.
      if (!panel.data || refused) {
        panel.data = null;
        blank(wrong);
      }
      if (!refused) later = setTimeout(look, AGAIN, !panel.data);
      return;
    }
    await calm();
    if (late()) return;
    const more = !whole && ["run", "status", "tries", "answered"].some((name) => said[name] !== panel.data[name]);
    if (more) {
      look(true);
      return;
    }
    // The question may have another answer by now: what was listed is not its.
    if (panel.kept.get("run") !== said.run) panel.kept.delete("events");
    panel.kept.set("run", said.run);
    panel.data = { ...panel.data, ...said };
    if (said.status === "running") later = setTimeout(look, EVERY, false);
    if (!boxes.size) body.replaceChildren();
    draw();
  };

  const open = (next) => {
    if (JSON.stringify(next) !== JSON.stringify(panel.which)) {
      panel.which = { ...next };
      panel.data = null;
      panel.kept.delete("events");
      blank("…");
    }
    look(true);
  };

  drawer.add("answer", {
    title: "This answer",
    wide: true,
    draw: (parent) => {
      body = make(parent, "div", { className: "pg-answer" });
    },
    shown: ({ turn, run }) => {
      seen = true;
      const next = turn ? { turn } : run ? { run } : panel.which;
      if (next) open(next);
    },
    hidden: () => {
      seen = false;
      clearTimeout(later);
    },
  });
})();
