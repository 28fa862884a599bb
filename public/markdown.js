// What models write as formulas, as the page's Markdown understands it: a pure function from text to text, called by the
// page for each answer it draws (what is copied and sent stays as the model wrote it). Code is left alone.
//   \( … \)  and  \[ … \]   are formulas, as models write them most
//   $$ … $$  alone on its line is a formula of its own line
//   $ … $    is one only where it looks like one: "it costs $5, not $10" and "$HOME/$USER" stay text
(() => {
  "use strict";
  const PARAGRAPH = "(?:(?!\\n[ \\t]*\\n)[\\s\\S])"; // any character, up to a blank line
  const PARTS = new RegExp(
    [
      "(?<code>(?:^|(?<=\\n))[ \\t>]*(?<fence>`{3,}|~{3,})[^\\n]*(?:\\n[\\s\\S]*?(?:\\n[ \\t>]*\\k<fence>[`~]*[ \\t]*(?=\\n|$)|$)|$)" +
        `|(?<!\`)(?<ticks>\`+)(?!\`)${PARAGRAPH}*?(?<!\`)\\k<ticks>(?!\`)|https?://[^\\s<>]+)`,
      `\\\\\\[(?<bracket>${PARAGRAPH}+?)\\\\\\]`,
      `\\\\\\((?<round>${PARAGRAPH}+?)\\\\\\)`,
      "(?<escaped>\\\\[\\s\\S])",
      `\\$\\$(?<double>${PARAGRAPH}+?)\\$\\$`,
      "(?<inline>\\$(?![\\s$])(?:\\\\[^\\n]|[^$\\\\\\n])*?(?<![\\s\\\\])\\$(?![\\w$]))",
      "(?<dollar>\\$)",
    ].join("|"),
    "g",
  );
  const indentBefore = (text, at) => /(?:^|\n)([ \t]*)$/.exec(text.slice(Math.max(0, at - 40), at))?.[1];
  const endsLine = (text, at) => /^[ \t\u200B]*(?:\n|$)/.test(text.slice(at, at + 40));

  window.playgroundMarkdown = (text) => {
    if (typeof text !== "string" || !/[$\\]/.test(text)) return text;
    return text.replace(PARTS, (whole, ...rest) => {
      const { bracket, round, double, dollar } = rest.at(-1);
      const at = rest.at(-3);
      const display = bracket ?? double;
      if (display !== undefined) {
        const indent = indentBefore(text, at);
        if (indent === undefined || !endsLine(text, at + whole.length)) return `$$${display.trim().replace(/\n/g, " ")}$$`;
        const lines = display.trim().split("\n").map((line) => indent + line.trim());
        return `$$\n${lines.join("\n")}\n${indent}$$`;
      }
      if (round !== undefined) {
        const formula = round.trim().replace(/\n/g, " ");
        return formula.includes("$") ? `$$${formula}$$` : `$${formula}$`;
      }
      return dollar === undefined ? whole : "\\$";
    });
  };
})();
