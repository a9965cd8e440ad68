/* "in 12 min", "3 min ago" in the page's language. <time datetime="…" data-controller="relative-time">14:30</time>
   Beyond half a day the server's words stay. */

import { Controller } from "/static/vendor/stimulus.js";

const REFRESH_MS = 15000;
const FAR_S = 12 * 3600;

export default class extends Controller {
  connect() {
    this.words = this.element.textContent;
    this.format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
    this.show();
    this.timer = setInterval(() => this.show(), REFRESH_MS);
  }

  disconnect() { clearInterval(this.timer); }

  show() {
    const seconds = (Date.parse(this.element.dateTime) - Date.now()) / 1000;
    if (Number.isNaN(seconds) || Math.abs(seconds) > FAR_S) this.element.textContent = this.words;
    else if (Math.abs(seconds) < 45) this.element.textContent = this.format.format(0, "second");
    else if (Math.abs(seconds) < 90 * 60) this.element.textContent = this.format.format(Math.round(seconds / 60), "minute");
    else this.element.textContent = this.format.format(Math.round(seconds / 3600), "hour");
  }
}
