// The panel "Details": what is known of the endpoint that this tab speaks to, each value with who says so. What is known
// is drawn at once; while it is open, the server asks anew and what has changed is drawn again.
(() => {
  "use strict";
  const { make, post, drawer, clock, calm } = window.playground;
  const EVERY = 5000;
  const SOON = 300; // while an answer of the endpoint is on its way
  const MOST = 50; // models that are drawn at first
  const ui = {};
  const parts = new Map(); // key -> { box, drawn }: what is on the panel, each drawn anew only when it is another
  const ticking = []; // what shows how long ago something was
  const open = new Set(); // the sources whose lines were folded out
  let timer;
  let clockwork;
  let round = 0; // which opening this is: an answer to an earlier one is dropped
  let now = null; // what the server said last
  let at = 0; // when it said that
  let all = ""; // the endpoint of which all models are shown

  const draw = (body) => {
    body.classList.add("pg-details");
    ui.told = make(body, "p", { className: "pg-hint" });
    ui.told.setAttribute("role", "status");
    ui.check = make(body, "button", { type: "button", className: "pg-second", textContent: "Check now", hidden: true });
    ui.check.addEventListener("click", () => {
      stop();
      start(true);
    });
    ui.sheet = make(body, "div");
  };

  const span = (seconds) => {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} days`;
  };
  const tick = () => {
    const passed = (performance.now() - at) / 1000;
    for (const { element, words, ago } of ticking) {
      if (!element.isConnected) continue;
      const text = words(ago() + passed);
      if (element.textContent !== text) element.textContent = text;
    }
  };
  // `ago` gives the seconds when the server said them: the same element goes on with later ones.
  const ticks = (parent, words, ago) => {
    const element = make(parent, "span", { className: "pg-quiet" });
    ticking.push({ element, words, ago });
    return element;
  };

  // What is made once, and stays for as long as it is told of.
  const kept = (key, build) => {
    if (!parts.has(key)) parts.set(key, { box: build() });
    const one = parts.get(key);
    one.round = at;
    return one;
  };
  // A part is drawn anew where what it says is another, or only changed, where `change` can. What has the focus in it,
  // has it afterwards.
  const part = (key, build, said, fill, change) => {
    const one = kept(key, build);
    const next = JSON.stringify(said, (name, each) => (name === "ago" && each !== null ? 0 : each));
    if (one.drawn === next) return one.box;
    const had = one.box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    if (!change?.(one.box, one.said, said)) {
      one.box.replaceChildren();
      fill(one.box);
    }
    Object.assign(one, { drawn: next, said });
    if (had) one.box.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus({ preventScroll: true });
    return one.box;
  };
  // In their order; what stands where it should is not moved, which would take the focus from it.
  const settle = (parent, boxes) => {
    boxes.forEach((box, place) => {
      if (parent.children[place] !== box) parent.insertBefore(box, parent.children[place] ?? null);
    });
    while (parent.children.length > boxes.length) parent.lastChild.remove();
  };
  const section = (title) =>
    kept(`section ${title}`, () => {
      const box = document.createElement("section");
      const head = make(box, "h3", { textContent: title, id: `pg-details-${title.toLowerCase()}` });
      box.setAttribute("aria-labelledby", head.id);
      return box;
    }).box;
  // A section with one part below its head.
  const titled = (title, said, fill) => {
    const box = section(title);
    part(`body ${title}`, () => make(box, "div"), said, fill);
    return box;
  };
  const copyButton = (parent, label, text) => {
    const button = make(parent, "button", { type: "button", className: "pg-small pg-copy", textContent: "Copy" });
    button.dataset.key = `copy ${label}`;
    button.setAttribute("aria-label", `Copy ${label}`);
    button.addEventListener("click", async () => {
      const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
      button.textContent = done ? "Copied" : "Not allowed";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  };
  const origin = (parent, fact) => {
    if (fact.value === null) return;
    const mark = make(parent, "span", { className: "pg-origin", title: `${fact.how} ${fact.source}` });
    mark.dataset.origin = fact.origin;
    make(mark, "span", { className: "pg-unseen", textContent: `, ${fact.how} ` });
    make(mark, "span", { textContent: fact.source });
  };
  // An address of this app's own is completed by the one it was opened with.
  const whole = (value) => (value.startsWith("/") ? location.origin + value : value);

  const value = (parent, row) => {
    if (row.value === null) return make(parent, "span", { className: "pg-unknown", textContent: "unknown" });
    const text = row.kind === "link" ? whole(row.value) : row.value;
    if (row.kind === "link") {
      const link = make(parent, "a", { href: text, textContent: text, target: "_blank", rel: "noopener noreferrer" });
      link.dataset.key = `link ${row.name}`;
    } else if (row.kind === "code") make(parent, "code", { textContent: text });
    else if (row.kind === "status") {
      make(parent, "span", { className: "pg-dot" }).dataset.state = now.status.dot;
      make(parent, "strong", { textContent: text });
      if (now.status.ago !== null) ticks(parent, (ago) => `for ${span(ago)}`, () => now.status.ago ?? 0).title = `since ${clock(now.status.ago)}`;
    } else if (row.kind === "time") {
      const rowNow = () => now.groups.flatMap((group) => group.rows).find((each) => each.name === row.name)?.ago ?? 0;
      ticks(parent, (ago) => `${span(ago)} ago`, rowNow).classList.remove("pg-quiet");
    } else make(parent, "span", { textContent: text });
    return text;
  };
  const drawRow = (cell, row) => {
    const main = make(cell, "div", { className: "pg-value" });
    const text = value(main, row);
    if (row.value !== null && ["code", "link"].includes(row.kind)) copyButton(main, row.label, text);
    origin(main, row);
    for (const other of row.others) {
      const line = make(cell, "div", { className: "pg-value pg-other" });
      make(line, "span", { textContent: `but also: ${other.value}` });
      origin(line, other);
    }
  };
  // Another text in the same place, as at every look: what is selected around it stays.
  const retold = (cell, before, row) => {
    if (!before || row.kind !== "text" || row.value === null || before.value === null) return false;
    if (JSON.stringify({ ...before, value: "" }) !== JSON.stringify({ ...row, value: "" })) return false;
    cell.querySelector(".pg-value > span").textContent = row.value;
    return true;
  };
  const drawGroup = ({ title, rows }) => {
    const box = section(title);
    const list = kept(`list ${title}`, () => make(box, "dl", { className: "pg-facts" })).box;
    for (const row of rows) {
      const cell = () => {
        make(list, "dt", { textContent: row.label });
        const made = make(list, "dd");
        made.dataset.field = row.name;
        return made;
      };
      // The time of a time goes on by itself, and how a state looks is told beside it.
      const said = row.kind === "time" ? { ...row, value: row.value && "" } : row.kind === "status" ? { ...row, status: now.status } : row;
      part(`field ${row.name}`, cell, said, (cell) => drawRow(cell, row), retold);
    }
    return box;
  };

  const about = (model) =>
    [
      model.context === null ? "context unknown" : `${model.context.toLocaleString("en")} tokens of context`,
      model.quantization === null ? "quantization unknown" : `quantization ${model.quantization}${model.quantization_origin === "guessed" ? " (a guess)" : ""}`,
      model.parent && `adapter of ${model.parent}`,
      model.loaded === false && "not loaded",
      model.aliases.length && `also called ${model.aliases.join(", ")}`,
    ].filter(Boolean).join(" · ");
  const drawModels = (box) => {
    if (now.remembered) make(box, "p", { className: "pg-hint", textContent: "It does not answer now: this is what it listed when it did." });
    if (now.models === null) return make(box, "p", { className: "pg-unknown", textContent: now.asking ? "asking…" : "unknown" });
    if (!now.models.length) return make(box, "p", { className: "pg-unknown", textContent: "It lists none." });
    const list = make(box, "ul", { className: "pg-models" });
    const some = (models) => models.map((model) => {
      const line = make(list, "li", { tabIndex: -1 });
      make(line, "code", { textContent: model.id });
      make(line, "span", { className: "pg-quiet", textContent: about(model) });
      return line;
    });
    const first = all === now.endpoint ? now.models.length : MOST;
    some(now.models.slice(0, first));
    const rest = now.models.slice(first);
    if (!rest.length) return undefined;
    const more = make(box, "button", { type: "button", className: "pg-second", textContent: `Show ${rest.length} more` });
    more.dataset.key = "more models";
    more.addEventListener("click", () => {
      all = now.endpoint;
      more.remove();
      some(rest)[0].focus({ preventScroll: true });
    });
    return undefined;
  };
  const drawCapabilities = (box) => {
    const { model, rows, unknown } = now.capabilities;
    make(box, "p", { className: "pg-hint", textContent: model ? `Of ${model}:` : "Of its first model:" });
    const list = make(box, "ul", { className: "pg-abilities" });
    for (const row of rows) {
      const line = make(list, "li");
      line.dataset.able = row.able;
      make(line, "span", { className: "pg-sign", textContent: row.able ? "✓" : "✕", ariaHidden: "true" });
      make(line, "span", { textContent: row.label });
      make(line, "span", { className: "pg-unseen", textContent: row.able ? ": yes, " : ": no, " });
      make(line, "span", { className: "pg-origin", textContent: row.note }).dataset.origin = row.origin;
    }
    if (unknown.length) make(box, "p", { className: "pg-unknown", textContent: `Unknown: ${unknown.join(", ")}` });
  };
  // One source's lines, which stay folded out while they change.
  const drawSource = ({ source, rows }) => {
    const fold = kept(`fold ${source}`, () => {
      const made = Object.assign(document.createElement("details"), { open: open.has(source) });
      made.addEventListener("toggle", () => (made.open ? open.add(source) : open.delete(source)));
      make(made, "summary");
      make(made, "dl", { className: "pg-lines" });
      return made;
    }).box;
    part(`lines ${source}`, () => fold.lastChild, rows, (list) => {
      fold.firstChild.textContent = `From ${source} (${rows.length})`;
      for (const row of rows) {
        make(list, "dt", { textContent: row.key });
        const cell = make(list, "dd", { textContent: row.value });
        if (row.ago !== null) cell.title = clock(row.ago);
      }
    });
    return fold;
  };
  const drawMore = () => {
    const box = section("More");
    settle(kept("list More", () => make(box, "div")).box, now.more.map(drawSource));
    return box;
  };
  const drawNotes = (box) => {
    for (const note of now.notes) {
      const one = make(box, "div", { className: "pg-end pg-note" });
      one.dataset.kind = "failed";
      make(one, "p", { textContent: note.what });
      if (note.hint) make(one, "p", { className: "pg-hint", textContent: note.hint });
      if (note.said) make(one, "pre", { textContent: note.said });
      make(one, "p", { className: "pg-origin", textContent: `from ${note.source}` });
    }
  };
  const drawAll = () => {
    const { notes, models, remembered, asking, endpoint, capabilities } = now;
    settle(ui.sheet, [
      part("notes", () => document.createElement("div"), notes, drawNotes),
      ...now.groups.map(drawGroup),
      titled("Models", { models, remembered, endpoint, asking: models === null && asking }, drawModels),
      titled("Capabilities", capabilities, drawCapabilities),
      ...(now.more.length ? [drawMore()] : []),
    ]);
    // What was not told this time is forgotten.
    for (const [key, one] of parts) if (one.round !== at) parts.delete(key);
    ticking.splice(0, ticking.length, ...ticking.filter(({ element }) => element.isConnected));
    tick();
  };

  const show = (said) => {
    const rests = said.status?.rests;
    ui.check.hidden = !rests;
    ui.told.textContent =
      said.none ?? (said.asking ? "Asking the endpoint…" : rests ? "Nobody has used it for a while, and asking could keep it awake: this is how it was when it was asked last." : "");
    if (said.none) {
      parts.clear();
      return ui.sheet.replaceChildren();
    }
    at = performance.now();
    now = said;
    return drawAll();
  };
  const ask = async (mine, opened) => {
    let wait = EVERY;
    try {
      const answer = await post("/playground/details", opened ? { opened } : {});
      const said = await answer.json();
      if (mine !== round) return;
      await calm();
      if (mine !== round) return;
      if (answer.ok) {
        show(said);
        if (said.asking) wait = SOON;
      } else ui.told.textContent = said.detail ?? "The app does not show this.";
    } catch {
      if (mine === round) ui.told.textContent = "The app does not answer: what stands here may be old.";
    } finally {
      // Whatever came of it, it is asked again.
      if (mine === round) timer = setTimeout(() => ask(mine, false), wait);
    }
  };
  const stop = () => {
    round += 1;
    clearTimeout(timer);
    clearInterval(clockwork);
  };
  const start = (opened) => {
    clockwork = setInterval(tick, 1000);
    ask(round, opened);
  };

  drawer.add("details", {
    title: "The endpoint",
    tab: "Details",
    draw,
    shown() {
      stop();
      start(true);
    },
    hidden: stop,
  });
})();
