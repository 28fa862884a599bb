// The panel of parameters: one line for each row of the server's table, applied as it is changed. What is not set is
// not sent, and looks so.
(() => {
  "use strict";
  const { make, post, drawer } = window.playground;
  const ui = {};
  const lines = new Map(); // name -> its line

  const draw = (body) => {
    make(body, "p", { className: "pg-hint", textContent: "Changes count from your next message on. What is not set is left to the model's server." });
    ui.fields = make(body, "div", { className: "pg-params" });
    ui.reset = make(body, "button", { type: "button", className: "pg-second", textContent: "Reset all" });
    ui.reset.addEventListener("click", () => send({ all: true }));
    ui.told = make(body, "p", { className: "pg-hint" });
    ui.told.setAttribute("role", "status");
  };

  const send = async (change) => {
    const answer = await post("/playground/params", change).catch(() => null);
    if (!answer?.ok) {
      const { detail } = (await answer?.json().catch(() => null)) ?? {};
      ui.told.textContent = detail ?? "The app does not answer: this change was not taken. Try again.";
      return;
    }
    ui.told.textContent = "";
    for (const row of (await answer.json()).rows) show(row);
  };

  const CONTROLS = {
    number: (row, change) => numbers(row, change),
    integer: (row, change) => numbers(row, change),
    text: (row, change) => text(row, change, 3),
    list: (row, change) => text(row, change, 2),
    json: (row, change) => text(row, change, 3),
    choice: (row, change) => options(row, change, row.choices),
    switch: (row, change) => options(row, change, [{ value: "true", label: "On" }, { value: "false", label: "Off" }]),
  };
  // A slider where there is a usual range, and always a field: what is unusual can be typed.
  const numbers = (row, change) => {
    const box = document.createElement("div");
    box.className = "pg-number";
    const field = document.createElement("input");
    Object.assign(field, { type: "text", inputMode: "decimal", autocomplete: "off" });
    let slider = null;
    if (row.low !== null && row.high !== null && row.high > row.low) {
      slider = make(box, "input", { type: "range", min: row.low, max: row.high, step: row.step ?? "any", tabIndex: 0 });
      slider.setAttribute("aria-label", `${row.label}, by a slider`);
      slider.addEventListener("input", () => { field.value = slider.value; });
      slider.addEventListener("change", () => change(slider.value));
    }
    box.append(field);
    later(field, change);
    return { box, field, put: (value, below) => {
      if (document.activeElement !== field) field.value = value ?? "";
      field.placeholder = below ?? "not set";
      if (slider && document.activeElement !== slider) slider.value = value ?? below ?? (row.low <= 0 && row.high >= 0 && row.low < 0 ? 0 : row.low);
    } };
  };
  const text = (row, change, rows) => {
    const field = document.createElement("textarea");
    Object.assign(field, { rows, spellcheck: row.kind === "text" });
    if (row.kind !== "text") field.classList.add("pg-mono");
    later(field, change);
    return { box: field, field, put: (value, below) => {
      if (document.activeElement !== field) field.value = value ?? "";
      field.placeholder = below ?? "not set";
    } };
  };
  const options = (row, change, choices) => {
    const field = document.createElement("select");
    field.append(new Option("not set", ""), ...choices.map(({ value, label }) => new Option(label, value)));
    field.addEventListener("change", () => change(field.value));
    return { box: field, field, put: (value, below) => {
      field.options[0].text = below === null || below === undefined ? "not set" : `not set (here: ${below === true ? "On" : below === false ? "Off" : below})`;
      field.value = value === null || value === undefined ? "" : String(value);
    } };
  };
  const later = (field, change) => {
    let soon;
    const now = () => {
      clearTimeout(soon);
      soon = undefined;
      change(field.value);
    };
    field.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(now, 400);
    });
    field.addEventListener("blur", () => soon !== undefined && now());
  };

  const show = (row) => {
    let line = lines.get(row.name);
    if (!line) {
      const id = `pg-param-${row.name}`;
      const box = make(ui.fields, "div", { className: "pg-field" });
      box.dataset.param = row.name;
      const head = make(box, "div", { className: "pg-field-head" });
      make(head, "label", { textContent: row.label, htmlFor: id, title: row.field });
      const state = make(head, "span", { className: "pg-quiet" });
      const reset = make(head, "button", { type: "button", className: "pg-small", textContent: "Reset" });
      reset.setAttribute("aria-label", `Reset ${row.label}`);
      reset.addEventListener("click", () => {
        control.field.value = "";
        send({ name: row.name });
      });
      const control = CONTROLS[row.kind](row, (value) => send(value === "" ? { name: row.name } : { name: row.name, value }));
      control.field.id = id;
      box.append(control.box);
      const help = make(box, "p", { className: "pg-hint", id: `${id}-help`, textContent: row.help });
      const wrong = make(box, "p", { className: "pg-wrong", id: `${id}-wrong` });
      control.field.setAttribute("aria-describedby", `${help.id} ${wrong.id}`);
      line = { box, state, reset, control, wrong };
      lines.set(row.name, line);
    }
    // What this model has no use for is not offered; what was set before stays in sight.
    line.box.hidden = !row.offered && row.state !== "set" && !row.error;
    line.box.dataset.state = row.error ? "wrong" : row.state;
    line.control.put(row.value, row.below);
    line.reset.hidden = row.state !== "set" && row.state !== "off" && !row.error;
    line.state.textContent = row.error ? "" : { set: "set", endpoint: "set by the endpoint", off: "left out", unset: "" }[row.state];
    line.wrong.textContent = row.error ?? row.note ?? (row.refused ? "This endpoint refused it: it is left out until you change it." : !row.offered ? "This model has no use for it." : row.takes === false && row.state === "set" ? "This server is known not to take it." : "");
    line.wrong.dataset.kind = row.error ? "error" : "note";
    line.control.field.setAttribute("aria-invalid", String(Boolean(row.error)));
  };

  drawer.add("params", { title: "Settings", draw, shown: () => send({}) });
})();
