// One small plot of the panel of metrics, as SVG that takes its colours from the theme: an axis with its unit, lines that
// dashes tell apart as well as colours, gaps where nothing was measured, a mark for a span, and a cursor.
(() => {
  "use strict";
  const { make } = window.playground;
  const NS = "http://www.w3.org/2000/svg";
  const HEIGHT = 108;
  const PAD = { left: 46, right: 8, top: 8, bottom: 18 };
  const svg = (parent, tag, attributes = {}) => {
    const made = parent.appendChild(document.createElementNS(NS, tag));
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  // Figures and times in words.
  const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value === 0 ? "0" : value.toPrecision(2)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  const thousands = (text) => text.replace(/\B(?=(\d{3})+(?!\d)(?=\.|$))/g, (_, __, at, whole) => (whole.slice(0, at).includes(".") ? "" : ","));
  const figure = (value, unit) => {
    if (unit === "s" && value < 1) return `${digits(value * 1000)} ms`;
    return `${thousands(digits(value))} ${unit}`.replace(" %", "\u00a0%");
  };
  const clock = (at, withSeconds) => {
    const time = new Date(at * 1000);
    const two = (number) => String(number).padStart(2, "0");
    return `${two(time.getHours())}:${two(time.getMinutes())}${withSeconds ? `:${two(time.getSeconds())}` : ""}`;
  };
  // The end of the axis: one, two or five times a power of ten.
  const nice = (most, unit) => {
    if (unit === "%") return 100;
    const least = unit === "requests" ? 2 : unit === "s" ? 0.001 : 1;
    const aim = Math.max(most, least);
    const power = 10 ** Math.floor(Math.log10(aim));
    return [1, 2, 5, 10].map((factor) => factor * power).find((end) => end >= aim * 0.9999);
  };

  // `told`: the plot as the server describes it. `moved(time or null)`: the cursor has been moved here.
  const plot = (parent, told, source, moved) => {
    const box = make(parent, "figure", { className: "pg-chart" });
    box.dataset.plot = `${source}.${told.id}`;
    const head = make(box, "figcaption");
    make(head, "strong", { textContent: told.title });
    const when = make(head, "span", { className: "pg-quiet pg-when" });
    const values = make(head, "span", { className: "pg-values" });
    const shown = told.lines.map(([id, name], place) => {
      const one = make(values, "span", { className: "pg-reading" });
      if (told.lines.length > 1) {
        const sample = svg(one, "svg", { width: 22, height: 8, "aria-hidden": "true" });
        svg(sample, "path", { d: "M2 4H20", class: `pg-line-${place}` });
        make(one, "span", { textContent: name });
      }
      return { id, name, text: make(one, "b") };
    });
    const area = make(box, "div", { className: "pg-area", tabIndex: 0 });
    area.setAttribute("role", "slider");
    area.setAttribute("aria-label", `${told.title}, ${source === "server" ? "from the server" : "from this app"}: a time`);
    // Until it comes into sight and is drawn.
    area.setAttribute("aria-valuenow", "0");
    area.setAttribute("aria-valuetext", "no data");
    const drawing = svg(area, "svg", { height: HEIGHT, "aria-hidden": "true" });
    const band = svg(drawing, "rect", { class: "pg-band", y: PAD.top, height: HEIGHT - PAD.top - PAD.bottom, visibility: "hidden" });
    const grid = [0, 0.5, 1].map(() => ({ line: svg(drawing, "path", { class: "pg-grid" }), text: svg(drawing, "text", { x: PAD.left - 6, "text-anchor": "end" }) }));
    const ticks = Array.from({ length: 5 }, () => svg(drawing, "text", { y: HEIGHT - 4, "text-anchor": "middle" }));
    const ranges = told.lines.map((_, place) => svg(drawing, "path", { class: `pg-range pg-range-${place}` }));
    const lines = told.lines.map((_, place) => svg(drawing, "path", { class: `pg-curve pg-line-${place}` }));
    const cursor = svg(drawing, "path", { class: "pg-cursor", visibility: "hidden" });
    const label = svg(drawing, "text", { class: "pg-band-label", y: PAD.top + 10, visibility: "hidden" });
    label.textContent = "this answer";
    if (!["%", "s"].includes(told.unit)) svg(drawing, "text", { class: "pg-unit", x: PAD.left + 4, y: PAD.top + 11 }).textContent = told.unit;
    if (told.note) make(box, "p", { className: "pg-hint", textContent: told.note });

    let view = null; // what was drawn last
    let width = 0;
    const x = (at) => PAD.left + ((at - view.from) / (view.to - view.from)) * (width - PAD.left - PAD.right);
    const y = (value) => HEIGHT - PAD.bottom - (Math.min(value, view.most) / view.most) * (HEIGHT - PAD.top - PAD.bottom);
    const short = (number) => Math.round(number * 10) / 10;

    // A line breaks where nothing was measured, and where no row came for longer than a step or two.
    const curve = (at, of) => {
      let path = "";
      let before = -Infinity;
      let alone = false;
      for (let place = 0; place < at.length; place++) {
        const value = of[place];
        if (value === null || value === undefined || at[place] < view.from) continue;
        const joined = at[place] - before <= view.gap && of[place - 1] !== null && of[place - 1] !== undefined;
        if (joined) path += "L";
        else path += alone ? "h.01M" : "M";
        alone = !joined;
        path += `${short(x(at[place]))} ${short(y(value))}`;
        before = at[place];
      }
      return alone ? `${path}h.01` : path;
    };
    const range = (at, low, high) => {
      let path = "";
      for (let place = 0; place < at.length; place++) {
        if (low[place] === null || low[place] === undefined || at[place] < view.from) continue;
        if (high[place] > low[place]) path += `M${short(x(at[place]))} ${short(y(low[place]))}V${short(y(high[place]))}`;
      }
      return path;
    };
    const axis = () => {
      grid.forEach(({ line, text }, place) => {
        const value = (view.most * place) / 2;
        const height = short(y(value));
        line.setAttribute("d", `M${PAD.left} ${height}H${width - PAD.right}`);
        text.setAttribute("y", height + 3.5);
        const ms = told.unit === "s" && view.most < 1;
        text.textContent = `${thousands(digits(ms ? value * 1000 : value))}${place === 2 || told.unit === "%" ? (told.unit === "%" ? " %" : ms ? " ms" : told.unit === "s" ? " s" : "") : ""}`;
      });
      const step = view.to - view.from > 3600 ? 6 * 3600 : 300;
      const zone = new Date(view.to * 1000).getTimezoneOffset() * 60;
      let at = Math.ceil((view.from - zone) / step) * step + zone;
      for (const tick of ticks) {
        const place = x(at);
        tick.textContent = at <= view.to && place > PAD.left - 1 ? clock(at) : "";
        tick.setAttribute("x", short(Math.max(PAD.left + 12, Math.min(width - PAD.right - 14, place))));
        at += step;
      }
    };
    const mark = (span) => {
      const seen = span && span.to >= view.from && span.from <= view.to;
      for (const each of [band, label]) each.setAttribute("visibility", seen ? "visible" : "hidden");
      if (!seen) return;
      const from = Math.max(PAD.left, x(span.from));
      const wide = Math.max(3, Math.min(width - PAD.right, x(span.to)) - from);
      band.setAttribute("x", short(from));
      band.setAttribute("width", short(wide));
      // Beside it, on the side where there is room.
      const left = from + wide + 70 > width;
      label.setAttribute("x", short(left ? from - 4 : from + wide + 4));
      label.setAttribute("text-anchor", left ? "end" : "start");
    };

    const draw = (next) => {
      width = next.width;
      if (!width) return;
      let most = 0;
      for (const { id } of shown) {
        const { lines: of, high, at } = next.data;
        for (const each of [of[id], high?.[id]]) {
          if (each) for (let place = 0; place < each.length; place++) if (each[place] > most && at[place] >= next.from) most = each[place];
        }
      }
      view = { ...next, most: nice(most, told.unit) };
      drawing.setAttribute("width", width);
      axis();
      shown.forEach(({ id }, place) => {
        const { at, lines: of, low, high } = view.data;
        lines[place].setAttribute("d", of[id] ? curve(at, of[id]) : "");
        ranges[place].setAttribute("d", low?.[id] ? range(at, low[id], high[id]) : "");
      });
      mark(view.span);
      point(view.cursor);
    };

    const found = (place, { id, name }) => {
      const value = view.data.lines[id]?.[place];
      const over = view.data.over[id]?.has(view.data.at[place]);
      return { name, text: value === null || value === undefined ? "no data" : `${over ? "over " : ""}${figure(value, told.unit)}` };
    };
    // The row that is nearest to a time.
    const nearest = (time) => {
      const { at } = view.data;
      let low = 0;
      let high = at.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (at[middle] < time) low = middle + 1;
        else high = middle;
      }
      return low > 0 && time - at[low - 1] < at[low] - time ? low - 1 : low;
    };
    // The last row that has a value, for what is read without a cursor.
    const last = () => {
      const { at, lines: of } = view.data;
      for (let place = at.length - 1; place >= 0; place--) {
        if (shown.some(({ id }) => of[id]?.[place] !== null && of[id]?.[place] !== undefined)) return place;
      }
      return -1;
    };
    const point = (time) => {
      if (!view) return;
      view.cursor = time;
      const { at } = view.data;
      const place = time === null ? last() : at.length ? nearest(time) : -1;
      const near = place >= 0 && (time === null || Math.abs(at[place] - time) <= view.gap);
      cursor.setAttribute("visibility", time === null ? "hidden" : "visible");
      if (time !== null) cursor.setAttribute("d", `M${short(x(time))} ${PAD.top}V${HEIGHT - PAD.bottom}`);
      const said = shown.map((line) => (near ? found(place, line) : { name: line.name, text: "no data" }));
      said.forEach(({ text }, which) => {
        if (shown[which].text.textContent !== text) shown[which].text.textContent = text;
      });
      const seconds = view.to - view.from < 3600;
      const old = near && view.to - at[place] > view.gap;
      // Said once, not for each line.
      const empty = time === null && place < 0;
      box.toggleAttribute("data-empty", empty);
      when.textContent = empty ? "nothing in this time" : time !== null ? clock(near ? at[place] : time, seconds) : old ? `at ${clock(at[place], seconds)}` : "";
      area.setAttribute("aria-valuemin", Math.round(view.from));
      area.setAttribute("aria-valuemax", Math.round(view.to));
      area.setAttribute("aria-valuenow", Math.round(time ?? view.to));
      area.setAttribute("aria-valuetext", `${clock(time ?? view.to, seconds)}: ${said.map(({ name, text }) => (said.length > 1 ? `${name} ${text}` : text)).join(", ")}`);
    };

    area.addEventListener("pointermove", (event) => {
      if (!view) return;
      const at = view.from + ((event.clientX - area.getBoundingClientRect().left - PAD.left) / (width - PAD.left - PAD.right)) * (view.to - view.from);
      moved(Math.min(view.to, Math.max(view.from, at)));
    });
    area.addEventListener("pointerdown", (event) => event.pointerType === "touch" && area.dispatchEvent(new PointerEvent("pointermove", event)));
    area.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && moved(null));
    area.addEventListener("blur", () => moved(null));
    area.addEventListener("keydown", (event) => {
      if (!view?.data.at.length) return;
      const { at } = view.data;
      const here = view.cursor === null ? at.length - 1 : nearest(view.cursor);
      const to = { ArrowLeft: here - (view.cursor === null ? 0 : 1), ArrowRight: here + 1, PageUp: here - 15, PageDown: here + 15, Home: at.findIndex((time) => time >= view.from), End: at.length - 1 }[event.key];
      if (event.key === "Escape" && view.cursor !== null) moved(null);
      else if (to !== undefined) moved(Math.max(view.from, at[Math.max(0, Math.min(at.length - 1, to))]));
      else return;
      event.preventDefault();
    });
    return { box, draw, point };
  };

  window.playground.plots = { plot, clock };
})();
