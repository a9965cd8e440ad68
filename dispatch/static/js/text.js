/* Words for scripts, translated by the server in ui/texts.html. text("matches", {count: 3}) */

const texts = JSON.parse(document.getElementById("texts")?.dataset.texts ?? "{}");

export function text(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_match, name) => values[name] ?? "");
}
