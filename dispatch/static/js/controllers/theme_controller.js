/* Colours as the device says, light or dark; kept in the cookie `theme`, which base.html reads, so nothing flickers.
   <button data-controller="theme" data-action="theme#next" hidden><span data-theme-target="label"></span></button> */

import { Controller } from "/static/vendor/stimulus.js";
import { text } from "/static/js/text.js";

const ORDER = ["auto", "light", "dark"];
const ICONS = { auto: "auto", light: "sun", dark: "moon" };
const YEAR_S = 365 * 24 * 3600;

export default class extends Controller {
  static targets = ["label"];

  connect() {
    this.element.hidden = false;
    this.show(document.documentElement.dataset.theme ?? "auto");
  }

  next() {
    const theme = ORDER[(ORDER.indexOf(this.theme) + 1) % ORDER.length];
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name="color-scheme"]').content = theme === "auto" ? "light dark" : theme;
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
    this.show(theme);
    this.dispatch("changed", { prefix: "theme", target: document.documentElement, detail: { theme } });
  }

  show(theme) {
    this.theme = theme;
    this.element.querySelector("use")?.setAttribute("href", `/static/icons.svg#${ICONS[theme]}`);
    if (this.hasLabelTarget) this.labelTarget.textContent = text(`theme_${theme}`);
    this.element.title = text(`theme_${theme}`);
  }
}
