/* Address suggestions: the ARIA combobox with a listbox popup. Markup: address_field in ui/forms.html.
   GET url?q=…&limit=6 answers a GeoJSON FeatureCollection; properties: label, and optionally kind, postcode, locality.
   Dispatches autocomplete:picked {label, lon, lat, properties} and autocomplete:cleared. */

import { Controller } from "/static/vendor/stimulus.js";
import { icon } from "/static/js/icon.js";
import { request } from "/static/js/http.js";
import { text } from "/static/js/text.js";

const PAUSE_MS = 160;
const SHORTEST = 2;
const ICONS = { street: "route", place: "flag", poi: "store", shop: "store", saved: "star", pin: "pin" };

export default class extends Controller {
  static targets = ["input", "list", "status", "lon", "lat"];
  static values = { url: String, limit: { type: Number, default: 6 } };

  connect() {
    const input = this.inputTarget;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.listTarget.id);
    this.listTarget.setAttribute("role", "listbox");
    this.features = [];
    this.active = -1;
  }

  disconnect() {
    clearTimeout(this.timer);
    this.aborter?.abort();
  }

  type() {
    this.is_stale = true;
    this.place(null);
    this.dispatch("cleared");
    clearTimeout(this.timer);
    const query = this.inputTarget.value.trim();
    if (query.length < SHORTEST) return this.shut();
    this.timer = setTimeout(() => this.search(query), PAUSE_MS);
  }

  async search(query) {
    this.aborter?.abort();
    this.aborter = new AbortController();
    const url = new URL(this.urlValue, window.location.href);
    url.searchParams.set("q", query);
    url.searchParams.set("limit", this.limitValue);
    try {
      const answer = await request(url, { signal: this.aborter.signal });
      this.show(answer.features ?? [], query);
    } catch (error) {
      if (error.name !== "AbortError") this.note(text("search_failed"));
    }
  }

  show(features, query) {
    this.is_stale = false;
    this.features = features;
    this.active = -1;
    if (features.length === 0) return this.note(text("no_matches"));
    this.listTarget.replaceChildren(...features.map((feature, index) => this.option(feature, index, query)));
    this.statusTarget.textContent = features.length === 1 ? text("one_match") : text("matches", { count: features.length });
    this.expand(true);
  }

  option({ properties }, index, query) {
    const option = document.createElement("li");
    option.id = `${this.listTarget.id}-${index}`;
    option.dataset.index = index;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const label = document.createElement("span");
    label.append(...marked(properties.label ?? properties.name ?? "", query));
    option.append(icon(ICONS[properties.kind] ?? "pin"), label);
    const town = [properties.postcode, properties.locality].filter(Boolean).join(" ");
    const details = [
      town && !label.textContent.includes(properties.locality) ? town : "",
      properties.approximate && properties.kind === "address" ? text("about_there") : "",
    ].filter(Boolean);
    if (details.length > 0) {
      const detail = document.createElement("small");
      detail.textContent = details.join(" · ");
      option.append(detail);
    }
    return option;
  }

  note(words) {
    this.is_stale = false;
    this.features = [];
    const item = document.createElement("li");
    item.className = "listbox-note";
    item.setAttribute("role", "presentation");
    item.textContent = words;
    this.listTarget.replaceChildren(item);
    this.statusTarget.textContent = words;
    this.expand(true);
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const is_walking = event.key in steps || event.key === "Enter";
    if (is_walking && this.is_stale && !this.listTarget.hidden) {
      event.preventDefault(); // the list still answers an earlier text
    } else if (event.key in steps && this.features.length) {
      event.preventDefault();
      if (this.listTarget.hidden) this.expand(true);
      this.point((this.active + steps[event.key] + this.features.length + (this.active < 0 && steps[event.key] < 0 ? 1 : 0)) % this.features.length);
    } else if (event.key === "Enter" && !this.listTarget.hidden && this.features.length) {
      event.preventDefault();
      this.choose(Math.max(this.active, 0));
    } else if (event.key === "Escape" && !this.listTarget.hidden) {
      event.preventDefault();
      this.shut();
    } else if (event.key === "Tab" && this.active >= 0) {
      this.choose(this.active);
    }
  }

  point(index) {
    this.active = index;
    [...this.listTarget.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = this.listTarget.children[index];
    this.inputTarget.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /* Keeps the focus in the field while the list is pressed. */
  hold(event) { event.preventDefault(); }

  pick(event) {
    const option = event.target.closest('[role="option"]');
    if (option) this.choose(Number(option.dataset.index));
  }

  choose(index) {
    const { properties, geometry } = this.features[index];
    this.inputTarget.value = properties.label ?? properties.name;
    this.place(geometry.coordinates);
    this.shut();
    const [lon, lat] = geometry.coordinates;
    this.dispatch("picked", { detail: { label: this.inputTarget.value, lon, lat, properties } });
  }

  place(lonlat) {
    if (this.hasLonTarget) this.lonTarget.value = lonlat ? lonlat[0] : "";
    if (this.hasLatTarget) this.latTarget.value = lonlat ? lonlat[1] : "";
  }

  open() { if (this.features.length && !this.lonTarget?.value) this.expand(true); }
  leave() { this.shut(); }

  shut() {
    this.expand(false);
    this.active = -1;
    this.inputTarget.removeAttribute("aria-activedescendant");
  }

  expand(is_open) {
    this.listTarget.hidden = !is_open;
    this.inputTarget.setAttribute("aria-expanded", String(is_open));
  }
}

/* The label with what was typed in bold, word by word. */
function marked(label, query) {
  const words = query.split(/[\s,]+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return [label];
  const pattern = new RegExp(`(?<![\\p{L}\\d])(${words.join("|")})`, "giu");
  return label.split(pattern).map((part, index) => {
    if (index % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}
