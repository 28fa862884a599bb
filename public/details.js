// The panel "Details": what is known of the endpoint that this tab speaks to, each value with who says so. What is known
// is drawn at once; while it is open, the server asks anew and what has changed is drawn again.
(() => {
  "use strict";
  const { make, post, drawer, clock, calm } = window.playground;
  const EVERY = 5000;
  const SOON = 300; // while an answer of the endpoint is on its way
  const ORIGINS = { said: "said by", tried: "seen by", guessed: "guessed from" };
  const ui = {};
  let timer;
  let round = 0; // which opening this is: an answer to an earlier one is dropped
  let drawn = ""; // what is on the panel, times left out
  let at = 0; // when the server said it
  const ticking = []; // what shows how long ago something was

  const draw = (body) => {
    body.classList.add("pg-details");
    ui.told = make(body, "p", { className: "pg-hint" });
    ui.told.setAttribute("role", "status");
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

  const section = (title) => {
    const box = make(ui.sheet, "section");
    const head = make(box, "h3", { textContent: title, id: `pg-details-${title.toLowerCase()}` });
    box.setAttribute("aria-labelledby", head.id);
    return box;
  };
  const copyButton = (parent, label, text) => {
    const button = make(parent, "button", { type: "button", className: "pg-small pg-copy", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy ${label}`);
    button.addEventListener("click", async () => {
      const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
      button.textContent = done ? "Copied" : "Not allowed";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  };
  const origin = (parent, fact) => {
    if (fact.value === null) return;
    const mark = make(parent, "span", { className: "pg-origin", title: `${ORIGINS[fact.origin]} ${fact.source}` });
    mark.dataset.origin = fact.origin;
    make(mark, "span", { className: "pg-unseen", textContent: `, ${ORIGINS[fact.origin]} ` });
    make(mark, "span", { textContent: fact.source });
  };
  // An address of this app's own is completed by the one it was opened with.
  const whole = (value) => (value.startsWith("/") ? location.origin + value : value);

  let now = null; // what the server said last
  const value = (parent, row) => {
    if (row.value === null) return make(parent, "span", { className: "pg-unknown", textContent: "unknown" });
    const text = row.kind === "link" ? whole(row.value) : row.value;
    if (row.kind === "link") {
      make(parent, "a", { href: text, textContent: text, target: "_blank", rel: "noopener noreferrer" });
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
  const drawRow = (list, row) => {
    make(list, "dt", { textContent: row.label });
    const cell = make(list, "dd");
    cell.dataset.field = row.name;
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

  const about = (model) =>
    [
      model.context === null ? "context unknown" : `${model.context.toLocaleString("en")} tokens of context`,
      model.quantization === null ? "quantization unknown" : `quantization ${model.quantization}${model.quantization_origin === "guessed" ? " (a guess)" : ""}`,
      model.parent && `adapter of ${model.parent}`,
      model.loaded === false && "not loaded",
      model.aliases.length && `also called ${model.aliases.join(", ")}`,
    ].filter(Boolean).join(" · ");
  const MOST = 50; // models that are drawn at first
  const drawModels = () => {
    const box = section("Models");
    if (now.remembered) make(box, "p", { className: "pg-hint", textContent: "It does not answer now: this is what it listed when it did." });
    if (now.models === null) return make(box, "p", { className: "pg-unknown", textContent: now.asking ? "asking…" : "unknown" });
    if (!now.models.length) return make(box, "p", { className: "pg-unknown", textContent: "It lists none." });
    const list = make(box, "ul", { className: "pg-models" });
    const some = (models) => {
      for (const model of models) {
        const line = make(list, "li");
        make(line, "code", { textContent: model.id });
        make(line, "span", { className: "pg-quiet", textContent: about(model) });
      }
    };
    some(now.models.slice(0, MOST));
    const rest = now.models.slice(MOST);
    if (!rest.length) return undefined;
    const more = make(box, "button", { type: "button", className: "pg-second", textContent: `Show ${rest.length} more` });
    more.addEventListener("click", () => {
      more.remove();
      some(rest);
    });
    return undefined;
  };
  const drawCapabilities = () => {
    const { model, rows, unknown } = now.capabilities;
    const box = section("Capabilities");
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
  const open = new Set(); // the sources whose lines were folded out
  const drawMore = () => {
    if (!now.more.length) return;
    const box = section("More");
    for (const { source, rows } of now.more) {
      const fold = make(box, "details", { open: open.has(source) });
      fold.addEventListener("toggle", () => (fold.open ? open.add(source) : open.delete(source)));
      make(fold, "summary", { textContent: `From ${source} (${rows.length})` });
      const list = make(fold, "dl", { className: "pg-lines" });
      for (const row of rows) {
        make(list, "dt", { textContent: row.key });
        const cell = make(list, "dd", { textContent: row.value });
        if (row.ago !== null) cell.title = clock(row.ago);
      }
    }
  };
  const drawAll = () => {
    ticking.length = 0;
    ui.sheet.replaceChildren();
    for (const note of now.notes) {
      const box = make(ui.sheet, "div", { className: "pg-end pg-note" });
      box.dataset.kind = "failed";
      make(box, "p", { textContent: note.what });
      if (note.hint) make(box, "p", { className: "pg-hint", textContent: note.hint });
      if (note.said) make(box, "pre", { textContent: note.said });
      make(box, "p", { className: "pg-origin", textContent: `from ${note.source}` });
    }
    for (const group of now.groups) {
      const list = make(section(group.title), "dl", { className: "pg-facts" });
      for (const row of group.rows) drawRow(list, row);
    }
    drawModels();
    drawCapabilities();
    drawMore();
  };

  // The same, as far as it has to be drawn anew: times go on by themselves.
  const still = (said) =>
    JSON.stringify(said, (key, each) => (key === "ago" || key === "asking" ? undefined : each && each.kind === "time" ? { ...each, value: "" } : each));
  const show = (said) => {
    ui.told.textContent = said.none ?? (said.asking ? "Asking the endpoint…" : "");
    if (said.none) return ui.sheet.replaceChildren();
    at = performance.now();
    now = said;
    const next = still(said) + (said.models === null && said.asking);
    if (next !== drawn) {
      drawn = next;
      drawAll();
    }
    tick();
    return undefined;
  };
  const ask = async (mine) => {
    const answer = await post("/playground/details", {}).catch(() => null);
    if (mine !== round) return;
    let wait = EVERY;
    if (answer?.ok) {
      const said = await answer.json();
      await calm();
      if (mine !== round) return;
      show(said);
      if (said.asking) wait = SOON;
    } else {
      const { detail } = (await answer?.json().catch(() => null)) ?? {};
      ui.told.textContent = detail ?? "The app does not answer: what stands here may be old.";
    }
    timer = setTimeout(() => ask(mine), wait);
  };
  let clockwork;
  const stop = () => {
    round += 1;
    clearTimeout(timer);
    clearInterval(clockwork);
  };

  drawer.add("details", {
    title: "The endpoint",
    tab: "Details",
    draw,
    shown() {
      stop();
      clockwork = setInterval(tick, 1000);
      ask(round);
    },
    hidden: stop,
  });
})();
