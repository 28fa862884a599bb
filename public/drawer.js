// The drawer at the right of the chat: one panel at a time, beside the chat on a desk and over it on a phone. It has a
// root of its own on the body, and a panel keeps what was typed into it while it is closed.
(() => {
  "use strict";
  const panels = new Map(); // name -> { title, draw(body), shown() }
  const ui = {};
  let open = "";
  let before = null; // what had the focus

  const { make } = window.playground;
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
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open && !event.defaultPrevented) drawer.close();
    });
  };

  // On a phone nothing behind it can be reached, by keys or by a screen reader, while it is open.
  const whole = matchMedia("(max-width: 640px)");
  const cover = () => {
    const over = Boolean(open) && whole.matches;
    for (const id of ["root", "playground-strip"]) document.getElementById(id)?.toggleAttribute("inert", over);
    ui.drawer.setAttribute("aria-modal", String(over));
  };

  const drawer = {
    // `draw` fills the panel's body, once; `shown` is called each time it comes up.
    add: (name, panel) => panels.set(name, panel),
    get open() {
      return open;
    },
    show(name) {
      if (!ui.drawer) build();
      const panel = panels.get(name);
      window.playground.picker?.close();
      if (!open) before = document.activeElement;
      if (!panel.body) {
        panel.body = make(ui.drawer, "div", { className: "pg-panel" });
        panel.body.dataset.panel = name;
        panel.draw(panel.body);
      }
      for (const each of panels.values()) if (each.body) each.body.hidden = each !== panel;
      ui.title.textContent = panel.title;
      ui.drawer.hidden = false;
      document.body.dataset.drawer = open = name;
      cover();
      panel.shown?.();
      // A phone's keyboard would hide half of what is there to be read first.
      ((!matchMedia("(hover: none)").matches && panel.body.querySelector("[data-first]")) || ui.drawer).focus();
    },
    toggle: (name) => (open === name ? drawer.close() : drawer.show(name)),
    close() {
      ui.drawer.hidden = true;
      delete document.body.dataset.drawer;
      open = "";
      cover();
      if (before?.isConnected && before !== document.body) before.focus();
      else document.querySelector(".pg-settings")?.focus();
    },
  };
  window.playground.drawer = drawer;
})();
