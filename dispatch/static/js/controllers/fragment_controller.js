/* A part of the page that is fetched again when something changes. The URL answers the inner HTML of the element.
   <section data-controller="fragment" data-fragment-url-value="/portal/orders/list"
            data-action="live:order_changed@document->fragment#refresh live:reset@document->fragment#refresh"> */

import { Controller } from "/static/vendor/stimulus.js";

const COALESCE_MS = 250;

export default class extends Controller {
  static values = { url: String };

  disconnect() {
    clearTimeout(this.timer);
    this.aborter?.abort();
  }

  /* Bursts of events become one fetch. */
  refresh() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), COALESCE_MS);
  }

  async fetch() {
    this.aborter?.abort();
    this.aborter = new AbortController();
    try {
      const response = await fetch(this.urlValue, { signal: this.aborter.signal, headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (response.ok && !response.redirected) this.replace(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") console.warn("fragment", this.urlValue, error);
    }
  }

  replace(html) {
    if (html === this.shown || this.element.contains(document.activeElement?.closest("dialog[open]") ?? null)) return;
    this.shown = html;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    this.element.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.dispatch("replaced");
  }
}
