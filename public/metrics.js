// The panel of metrics: asks what is new every step while it is seen, and draws it. What a source does not tell is one
// line of words, not an empty plot.
(() => {
  "use strict";
  const { make, post, drawer, calm, plots } = window.playground;
  const SOURCES = { server: "From the server", app: "From this app" };
  const WINDOWS = { "15m": "15 minutes", "24h": "24 hours" };
  const ui = { parts: {} };
  const data = {}; // window -> { key, seconds, sources: [{ at, lines, low, high, over }, …] }
  let which = "15m";
  let said = null; // what the server said last
  let span = null;
  let cursor = null;
  let timer;
  let asking = null;
  let seen = false;
  let view = null; // how every plot is to be drawn now

  const draw = (body) => {
    const bar = make(body, "div", { className: "pg-metrics-bar" });
    ui.name = make(bar, "strong");
    const choice = make(bar, "div", { className: "pg-windows" });
    choice.setAttribute("role", "group");
    choice.setAttribute("aria-label", "Time shown");
    ui.windows = Object.entries(WINDOWS).map(([name, words]) => {
      const button = make(choice, "button", { type: "button", textContent: words });
      button.dataset.window = name;
      button.addEventListener("click", () => choose(name));
      return button;
    });
    ui.marked = make(body, "p", { className: "pg-marked", hidden: true });
    ui.markedText = make(ui.marked, "span");
    make(ui.marked, "button", { type: "button", className: "pg-small", textContent: "Remove the mark" }).addEventListener("click", () => {
      span = null;
      redraw();
    });
    ui.told = make(body, "p", { className: "pg-hint" });
    ui.told.setAttribute("role", "status");
    for (const [source, words] of Object.entries(SOURCES)) {
      const part = make(body, "section", { className: "pg-source" });
      part.dataset.source = source;
      const head = make(part, "h3", { textContent: words, id: `pg-source-${source}` });
      part.setAttribute("aria-labelledby", head.id);
      ui.parts[source] = { part, grid: make(part, "div"), plots: new Map() };
    }
    const { server, app } = ui.parts;
    ui.page = make(server.part, "div", { className: "pg-page", hidden: true });
    ui.what = make(ui.page, "p");
    ui.hint = make(ui.page, "p", { className: "pg-hint" });
    server.grid.before(ui.page);
    ui.gaps = make(server.part, "p", { className: "pg-hint", hidden: true });
    server.grid.before(ui.gaps);
    ui.missing = make(server.part, "p", { className: "pg-hint pg-missing", hidden: true });
    ui.figures = make(app.part, "p", { className: "pg-own", hidden: true });
    app.grid.before(ui.figures);
    make(body, "p", { className: "pg-hint pg-legend", textContent: "p50, p95 and p99: half, 95 % and 99 % of them took no longer than that." });
    new ResizeObserver(() => seen && redraw()).observe(body);
    press();
  };
  const press = () => {
    for (const button of ui.windows) button.setAttribute("aria-pressed", String(button.dataset.window === which));
  };
  const choose = (name) => {
    which = name;
    press();
    redraw();
    ask();
  };

  // What is too old for the quarter of an hour is looked for in the day. How long that is, the first answer says.
  const fit = () => {
    if (!span || !said) return;
    which = span.from < said.now - said.windows["15m"] ? "24h" : "15m";
    press();
  };

  // Rows that came are put behind those that were there; the last of a day's is under way and comes again.
  const take = (answer) => {
    const seconds = answer.windows[answer.window];
    const held = data[answer.window]?.key === answer.key ? data[answer.window] : { key: answer.key, seconds, sources: [] };
    answer.sources.forEach((more, place) => {
      const old = (held.sources[place] ??= { at: [], lines: {}, low: {}, high: {}, over: {} });
      const cut = old.at.findIndex((at) => at < answer.now - seconds);
      let keep = old.at.length;
      while (keep && more.at.length && old.at[keep - 1] >= more.at[0]) keep--;
      let drop = 0;
      if (cut === 0) while (drop < keep && old.at[drop] < answer.now - seconds) drop++;
      old.at = [...old.at.slice(drop, keep), ...more.at];
      for (const kind of ["lines", "low", "high"]) {
        for (const id of new Set([...Object.keys(old[kind]), ...Object.keys(more[kind] ?? {})])) {
          const before = old[kind][id] ?? [];
          const kept = Array.from({ length: keep - drop }, (_, at) => before[at + drop] ?? null);
          old[kind][id] = [...kept, ...(more[kind]?.[id] ?? more.at.map(() => null))];
        }
      }
      for (const [id, places] of Object.entries(more.over)) {
        const set = (old.over[id] ??= new Set());
        for (const at of places) set.add(more.at[at]);
      }
      for (const set of Object.values(old.over)) for (const at of set) if (at < old.at[0]) set.delete(at);
    });
    data[answer.window] = held;
    said = answer;
  };

  const ask = async (opened = false) => {
    clearTimeout(timer);
    asking?.abort();
    const mine = (asking = new AbortController());
    const first = !said;
    const held = data[which];
    let wait = said?.every ?? 2;
    try {
      const answer = await post("/playground/metrics", {
        ...(opened ? { opened } : {}), window: which, key: held?.key ?? "", since: held?.sources.map(({ at }) => at.at(-1) ?? 0) ?? [],
      }, new Headers(), mine.signal);
      if (mine.signal.aborted) return;
      const body = await answer.json();
      await calm();
      if (mine.signal.aborted) return;
      if (!answer.ok) {
        ui.told.textContent = body.detail ?? "The app does not show this.";
        if (answer.status === 403) wait = 30;
      } else if (body.name === null) {
        ui.told.textContent = "No endpoint is set, so there is nothing to measure.";
      } else {
        ui.told.textContent = "";
        take(body);
        if (first) fit();
        redraw();
        // The first answer is what was known; the look that it has begun is there a moment later.
        wait = data[which] ? (first || body.page.state === "unasked" ? 0.4 : body.every) : 0;
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      ui.told.textContent = "The app does not answer. It is asked again.";
    }
    if (seen) timer = setTimeout(() => ask(), wait * 1000);
  };

  const redraw = () => {
    if (!said || !seen) return;
    ui.name.textContent = said.name;
    const held = data[which];
    const now = said.now;
    const seconds = said.windows[which];
    // Asked once: between two drawings it would have the page laid out anew.
    const width = ui.parts.app.grid.clientWidth;
    const gap = which === "24h" ? 150 : Math.max(3 * said.every, 1.5);
    tellSpan(now, seconds);
    view = {};
    said.sources.forEach((told, place) => {
      const part = ui.parts[told.source];
      const rows = held?.sources[place] ?? { at: [], lines: {}, over: {} };
      settle(part, told);
      view[told.source] = { data: rows, from: now - seconds, to: now, gap, span, cursor, width };
      for (const one of part.plots.values()) if (one.near) one.draw(view[told.source]);
    });
    tellPage();
    tellEnds();
  };
  // Only what is on the screen, or nearly, is drawn.
  const drawnBy = new WeakMap();
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const { one, source } = drawnBy.get(target);
        one.near = isIntersecting;
        if (isIntersecting && view?.[source]) one.draw({ ...view[source], cursor });
      }
    },
    { rootMargin: "100px" },
  );
  // Plots that are told are there, in their order, and no others.
  const settle = (part, told) => {
    const wanted = told.plots.map((plot) => `${plot.id} ${plot.lines.map(([id]) => id)}`);
    if ([...part.plots.keys()].join("|") === wanted.join("|")) return;
    for (const [key, one] of part.plots) {
      if (wanted.includes(key)) continue;
      near.unobserve(one.box);
      one.box.remove();
    }
    const made = new Map();
    told.plots.forEach((plot, place) => {
      let one = part.plots.get(wanted[place]);
      if (!one) {
        one = plots.plot(part.grid, plot, told.source, move);
        drawnBy.set(one.box, { one, source: told.source });
        near.observe(one.box);
      }
      part.grid.append(one.box);
      made.set(wanted[place], one);
    });
    part.plots = made;
  };
  const move = (time) => {
    if (cursor === time) return;
    cursor = time;
    for (const part of Object.values(ui.parts)) for (const one of part.plots.values()) one.point(time);
  };
  const tellPage = () => {
    ui.page.hidden = !said.page.what;
    ui.what.textContent = said.page.what;
    ui.hint.textContent = said.page.hint;
    // Only what the app measures by itself has no gaps: minutes that are there alone are missing in the server's lines.
    const [server, app] = data[which]?.sources ?? [];
    ui.gaps.hidden = which !== "24h" || !said.gaps || !server?.at.length || app.at.length - server.at.length < 2;
    ui.gaps.textContent = said.gaps;
    ui.missing.hidden = !said.missing.length;
    ui.missing.textContent = `Not told by this server: ${said.missing.join(", ")}.`;
  };
  const tellEnds = () => {
    if (said.window !== which) return;
    const { done, stopped, failed } = said.ends;
    const count = (number, one, more) => `${number} ${number === 1 ? one : more}`;
    const kinds = Object.entries(failed).map(([kind, number]) => `${kind} ${number}`);
    const wrong = Object.values(failed).reduce((sum, number) => sum + number, 0);
    ui.figures.hidden = false;
    ui.figures.textContent = [
      `In these ${WINDOWS[which]}: ${count(done, "answer", "answers")}`,
      ...(stopped ? [`${stopped} stopped`] : []),
      wrong ? `${count(wrong, "error", "errors")} (${kinds.join(", ")})` : "no errors",
    ].join(", ") + ".";
  };
  const tellSpan = (now, seconds) => {
    ui.marked.hidden = !span;
    if (!span) return;
    const words = `${plots.clock(span.from, true)} to ${plots.clock(span.to, true)}`;
    ui.markedText.textContent =
      span.to < now - seconds ? `This answer (${words}) is older than what is shown.` : `Marked: this answer, ${words}. `;
  };

  drawer.add("metrics", {
    title: "The endpoint",
    tab: "Metrics",
    draw,
    shown: (options) => {
      seen = true;
      if (options.span) {
        span = options.span;
        fit();
        redraw();
        ui.marked.scrollIntoView({ block: "start" });
      }
      redraw();
      ask(true);
    },
    hidden: () => {
      seen = false;
      clearTimeout(timer);
      asking?.abort();
      move(null);
    },
  });
})();
