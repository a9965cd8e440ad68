/* Short messages at the foot of the page. From scripts: toast("Saved", {tone: "danger", action: {label, run}}).
   A link or button may say one too: data-controller="toast" data-action="toast#show" data-toast-message-value="…". */

import { Controller } from "/static/vendor/stimulus.js";
import { icon } from "/static/js/icon.js";
import { text } from "/static/js/text.js";

const SHOWN_MS = 6000;
const WITH_ACTION_MS = 10000;

export function toast(message, { tone = "info", action = null } = {}) {
  const element = document.createElement("div");
  element.className = `toast toast-${tone}`;
  const words = document.createElement("p");
  words.textContent = message;
  element.append(icon(tone === "danger" ? "alert" : "check-circle"), words);
  if (action) element.append(button(action.label, null, () => { action.run(); element.remove(); }));
  element.append(button(text("dismiss"), "close", () => element.remove()));
  const toasts = document.getElementById("toasts");
  if (!action) for (const same of [...toasts.children]) if (same.isEqualNode(element)) same.remove(); // said again, not twice
  toasts.append(element);
  let timer = setTimeout(() => element.remove(), action ? WITH_ACTION_MS : SHOWN_MS);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { timer = setTimeout(() => element.remove(), SHOWN_MS); });
  return element;
}

function button(label, icon_name, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = icon_name ? "button button-icon" : "button";
  if (icon_name) {
    element.append(icon(icon_name));
    element.setAttribute("aria-label", label);
  } else {
    element.textContent = label;
  }
  element.addEventListener("click", run);
  return element;
}

export default class extends Controller {
  static values = { message: String, tone: { type: String, default: "info" } };

  show() { toast(this.messageValue, { tone: this.toneValue }); }
}
