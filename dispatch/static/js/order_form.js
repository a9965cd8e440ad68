/* The order form's price and promise, asked for as soon as an address is known, and again when something changes. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { request } from "/static/js/http.js";

const WAIT_MS = 350;

class PriceController extends Controller {
  static targets = ["hint", "facts", "lines", "fee", "distance", "pickup", "dropoff", "problem"];
  static values = { url: String, timezone: String };

  connect() {
    this.ask();
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), WAIT_MS);
  }

  async fetch() {
    const wish = this.wish();
    if (!wish) return;
    try {
      this.show(await request(this.urlValue, { method: "POST", body: wish }));
    } catch (error) {
      this.refuse(error.errors?.[0]?.message ?? error.message);
    }
  }

  /* The whole form, for times, floors and weights change what can be promised. */
  wish() {
    const form = new FormData(this.element);
    const lon = Number.parseFloat(form.get("dropoff_lon"));
    const lat = Number.parseFloat(form.get("dropoff_lat"));
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return null;
    return new URLSearchParams(form);
  }

  show(quote) {
    this.hintTarget.hidden = true;
    this.problemTarget.hidden = quote.serviceable;
    this.problemTarget.textContent = quote.reason_text;
    this.factsTarget.hidden = false;
    this.linesTarget.hidden = false;
    this.linesTarget.replaceChildren(...quote.lines.flat().map((text, index) => Object.assign(document.createElement(index % 2 ? "dd" : "dt"), { textContent: text })));
    this.feeTarget.textContent = quote.fee_text;
    this.distanceTarget.textContent = quote.distance_text;
    this.pickupTarget.textContent = this.time(quote.pickup_eta);
    this.dropoffTarget.textContent = this.time(quote.dropoff_eta);
  }

  refuse(message) {
    this.hintTarget.hidden = true;
    this.factsTarget.hidden = this.linesTarget.hidden = true;
    this.problemTarget.hidden = false;
    this.problemTarget.textContent = message;
  }

  time(text) {
    if (!text) return "–";
    const form = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.timezoneValue });
    return form.format(new Date(text));
  }
}

application.register("price", PriceController);
