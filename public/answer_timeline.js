// When what came of an answer: a plot of the gaps between arrivals, and the same in words, which the app sends.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  // As `seconds` in core/views.py, for what is drawn here.
  const time = (value) => {
    if (value === null || value === undefined) return "unknown";
    if (value < 0.1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
    if (value < 10) return `${value.toFixed(value < 1 ? 2 : 1)} s`;
    const whole = Math.round(value);
    if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  };

  const shape = (parent, tag, attributes, text = "") => {
    const made = parent.appendChild(document.createElementNS(SVG, tag));
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };
  const [HIGH, FOOT] = [130, 22];

  const bars = (drawn, line, x) => {
    const most = Math.max(...line.bars.map(([, gap]) => gap), 1e-4);
    for (const [at, gap, slow] of line.bars) {
      const tall = Math.max(2, (gap / most) * (HIGH - 26));
      const bar = shape(drawn, "rect", { x: x(at) - 1, y: HIGH - tall, width: 2.4, height: tall, class: slow ? "pg-plot-slow" : "pg-plot-bar" });
      shape(bar, "title", {}, `${time(gap)} until ${time(at)}`);
      // Not by colour alone.
      if (slow) shape(drawn, "path", { d: `M ${x(at) - 4} ${HIGH - tall - 9} h 8 l -4 6 z`, class: "pg-plot-slow" });
    }
    return most;
  };

  const marks = (drawn, line, x, wide) => {
    // What is too close to be told apart has one label.
    const labels = [];
    for (const [name, at] of [["sent", 0], ["headers", line.head], ["first token", line.first_token], ["end", line.end]]) {
      if (at === null) continue;
      shape(drawn, "line", { x1: x(at), x2: x(at), y1: 16, y2: HIGH, class: "pg-plot-mark" });
      const last = labels.at(-1);
      if (last && x(at) - last.x < 8 * last.names.join(", ").length) last.names.push(name);
      else labels.push({ x: x(at), names: [name] });
    }
    for (const label of labels) {
      shape(drawn, "text", { x: label.x, y: 11, "text-anchor": label.x > wide - 60 ? "end" : "start" }, label.names.join(", "));
    }
  };

  const plot = (parent, line) => {
    const end = Math.max(line.end ?? 0, line.last_token ?? 0, 1e-3);
    const wide = Math.max(parent.clientWidth, 280);
    const x = (at) => 8 + (Math.min(Math.max(at, 0), end) / end) * (wide - 16);
    const drawn = shape(parent, "svg", { viewBox: `0 0 ${wide} ${HIGH + FOOT}`, role: "img", class: "pg-plot" });
    const title = shape(drawn, "title", {});
    if (line.first_token !== null) shape(drawn, "rect", { x: x(0), y: 0, width: x(line.first_token) - x(0), height: HIGH, class: "pg-plot-wait" });
    shape(drawn, "line", { x1: 8, x2: wide - 8, y1: HIGH, y2: HIGH, class: "pg-plot-axis" });
    const most = bars(drawn, line, x);
    title.textContent = `Time from the request to the end, ${time(end)}. Each bar is the gap before text came; the longest is ${line.bars.length ? time(most) : "unknown"}.`;
    marks(drawn, line, x, wide);
    shape(drawn, "text", { x: 8, y: HIGH + 16 }, "0");
    shape(drawn, "text", { x: wide - 8, y: HIGH + 16, "text-anchor": "end" }, time(end));
    shape(drawn, "text", { x: wide / 2, y: HIGH + 16, "text-anchor": "middle" }, time(end / 2));
  };

  Object.assign(window.playground, { time, plot });
})();
