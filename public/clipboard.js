// Browsers offer the clipboard to pages over HTTPS and on the own machine only. A playground on a plain address in an
// office network should copy all the same: the older way still works there.
(() => {
  "use strict";
  if (navigator.clipboard) return;
  const copy = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) throw new Error("this browser does not allow it here");
  };
  window.ClipboardItem ??= class {
    constructor(parts) {
      this.parts = parts;
    }
  };
  Object.defineProperty(navigator, "clipboard", {
    value: {
      writeText: async (text) => copy(text),
      write: async ([item]) => copy(await item.parts["text/plain"].text()),
    },
  });
})();
