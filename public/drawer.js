// The drawer at the right of the chat: one panel at a time, beside the chat on a desk and over it on a phone. It has a
// root of its own on the body, and a panel keeps what was typed into it while it is closed. Panels with a `tab` are the
// tabs of one drawer, as far as this browser may see them.
(() => {
  "use strict";
  const panels = new Map(); // name -> { title, tab, draw(body), shown(options), hidden() }
  const ui = {};
  let open = "";
  let before = null; // what had the focus

  const { make } = window.playground;
  // Resolves once the page has nothing else to do: what stands beside the chat waits for an answer that is coming in,
  // but not for ever.
  const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 1));
  const calm = () => new Promise((done) => idle(done, { timeout: 1000 }));
  const build = () => {
    ui.drawer = make(document.body, "aside", { id: "playground-drawer", hidden: true, tabIndex: -1 });
    ui.drawer.setAttribute("role", "dialog");
    whole.addEventListener("change", () => cover());
    const head = make(ui.drawer, "header");
    ui.title = make(head, "h2");
    ui.drawer.setAttribute("aria-labelledby", (ui.title.id = "playground-drawer-title"));
    const close = make(head, "button", { type: "button", className: "pg-icon", textContent: "×", title: "Close" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => drawer.close());
    ui.tabs = make(ui.drawer, "div", { className: "pg-tabs", hidden: true });
    ui.tabs.setAttribute("role", "tablist");
    ui.tabs.setAttribute("aria-labelledby", ui.title.id);
    ui.tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const names = offered();
      if (step) drawer.show(names[(names.indexOf(open) + step + names.length) % names.length], {}, "tab");
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open && !event.defaultPrevented) drawer.close();
    });
    // What nobody sees asks for nothing.
    document.addEventListener("visibilitychange", () => {
      const panel = panels.get(open);
      if (document.hidden) panel?.hidden?.();
      else panel?.shown?.({});
    });
  };

  // The tabs that this browser may see, in the order in which they were added.
  const offered = () => [...panels].filter(([name, panel]) => panel.tab && may.has(name)).map(([name]) => name);
  const may = new Set();
  const drawTabs = (focus) => {
    const names = offered();
    ui.tabs.hidden = !panels.get(open).tab || names.length < 2;
    ui.tabs.replaceChildren();
    if (ui.tabs.hidden) return;
    for (const name of names) {
      const tab = make(ui.tabs, "button", { type: "button", textContent: panels.get(name).tab, id: `playground-tab-${name}` });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(name === open));
      tab.setAttribute("aria-controls", `playground-panel-${name}`);
      tab.tabIndex = name === open ? 0 : -1;
      tab.addEventListener("click", () => drawer.show(name, {}, "tab"));
      if (name === open && focus) tab.focus();
    }
  };

  // On a phone nothing behind it can be reached, by keys or by a screen reader, while it is open.
  const whole = matchMedia("(max-width: 640px)");
  const cover = () => {
    const over = Boolean(open) && whole.matches;
    for (const id of ["root", "playground-strip"]) document.getElementById(id)?.toggleAttribute("inert", over);
    ui.drawer.setAttribute("aria-modal", String(over));
  };

  const drawer = {
    // `draw` fills the panel's body, once; `shown` is called each time it comes up, with the options it is shown with;
    // `hidden` when it is no longer seen.
    add: (name, panel) => panels.set(name, panel),
    get open() {
      return open;
    },
    // Which parts this browser may see: what others ask for is refused by the server.
    allow(parts) {
      may.clear();
      for (const part of parts) may.add(part);
      document.body.dataset.parts = parts.join(" ");
    },
    may: (part) => may.has(part),
    offered,
    show(name, options = {}, from = "") {
      if (!ui.drawer) build();
      const panel = panels.get(name);
      window.playground.picker?.close();
      if (!open) before = document.activeElement;
      else if (open !== name) panels.get(open).hidden?.();
      if (!panel.body) {
        panel.body = make(ui.drawer, "div", { className: "pg-panel", id: `playground-panel-${name}` });
        panel.body.dataset.panel = name;
        if (panel.tab) {
          panel.body.setAttribute("role", "tabpanel");
          panel.body.setAttribute("aria-labelledby", `playground-tab-${name}`);
        }
        panel.draw(panel.body);
      }
      for (const each of panels.values()) if (each.body) each.body.hidden = each !== panel;
      ui.title.textContent = panel.title;
      ui.drawer.hidden = false;
      ui.drawer.toggleAttribute("data-wide", Boolean(panel.tab || panel.wide));
      document.body.toggleAttribute("data-wide-drawer", Boolean(panel.tab || panel.wide));
      document.body.dataset.drawer = open = name;
      drawTabs(from === "tab");
      cover();
      panel.shown?.(options);
      if (from === "tab") return;
      // A phone's keyboard would hide half of what is there to be read first.
      ((!matchMedia("(hover: none)").matches && panel.body.querySelector("[data-first]")) || ui.drawer).focus();
    },
    toggle: (name) => (open === name ? drawer.close() : drawer.show(name)),
    close() {
      if (!open) return;
      panels.get(open).hidden?.();
      ui.drawer.hidden = true;
      delete document.body.dataset.drawer;
      document.body.removeAttribute("data-wide-drawer");
      open = "";
      cover();
      if (before?.isConnected && before !== document.body) before.focus();
      else document.querySelector(".pg-settings")?.focus();
    },
  };
  Object.assign(window.playground, { drawer, calm });
})();
