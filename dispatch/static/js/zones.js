/* Pages of zones: draws outlines point by point, shows the zones, and how far a rider comes from a place (where the
   page has room for that). The form sends the outline as GeoJSON; the server judges it. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { request } from "/static/js/http.js";

class ZonesController extends Controller {
  static targets = ["map", "tools", "count", "area", "draw", "reachNote"];
  static values = { words: Object, url: { type: String, default: "/board/api/zones" } };

  async connect() {
    const { createMap } = await import("/static/js/map.js");
    [this.view, { features: this.zones }] = await Promise.all([createMap(this.mapTarget), request(this.urlValue)]);
    if (!this.view) return;
    this.view.setZones(this.zones.map(({ id, geometry, properties: { name, charged } }) => ({ id, name, geometry, charged })));
    this.view.onClick((lonlat) => { if (this.points) this.add(lonlat); else if (this.hasReachNoteTarget) this.reachFrom(lonlat); });
    if (this.hasAreaTarget && this.areaTarget.value) this.view.setOutline(ring(JSON.parse(this.areaTarget.value)));
    this.element.dataset.ready = "true";
  }

  disconnect() { this.view?.remove(); }

  draw() {
    this.points = [];
    this.view.setReach([]);
    this.view.pin(null);
    this.toolsTarget.hidden = false;
    this.show();
    this.mapTarget.scrollIntoView({ block: "nearest" });
  }

  add(lonlat) {
    this.points.push(lonlat.map((degrees) => Math.round(degrees * 1e6) / 1e6));
    this.show();
  }

  undo() {
    this.points.pop();
    this.show();
  }

  cancel() {
    this.points = null;
    this.areaTarget.value = "";
    this.view.setOutline([]);
    this.toolsTarget.hidden = true;
  }

  show() {
    const closed = this.points.length > 2 ? [...this.points, this.points[0]] : this.points;
    this.view.setOutline(closed);
    this.countTarget.textContent = this.points.length < 3 ? this.wordsValue.too_few : this.wordsValue.points.replace("{count}", this.points.length);
    this.areaTarget.value = this.points.length > 2 ? JSON.stringify({ type: "Polygon", coordinates: [closed] }) : "";
  }

  check(event) {
    if (!this.points || this.points.length > 2) return;
    event.preventDefault();
    toast(this.wordsValue.too_few, { tone: "danger" });
  }

  /* A zone that is to be changed fills the form with what it says now. */
  choose({ target: { value, form } }) {
    const { name = "", side = "either", base_cents = null, surcharge_cents = 0 } = this.zones.find(({ id }) => id === value)?.properties ?? {};
    const sum = (cents) => (cents ? (cents / 100).toFixed(2) : "");
    const fields = { name, side, base: base_cents === null ? "" : (base_cents / 100).toFixed(2), surcharge: sum(surcharge_cents) };
    for (const [field, text] of Object.entries(fields)) if (form.elements[field]) form.elements[field].value = text;
  }

  frame({ currentTarget }) {
    const { geometry } = this.zones.find(({ id }) => id === currentTarget.dataset.zone);
    this.view.fit(geometry.coordinates.flat(2));
  }

  reach() { if (this.place) this.reachFrom(this.place); }

  async reachFrom(lonlat) {
    this.place = lonlat;
    this.view.pin(lonlat, (moved) => this.reachFrom(moved));
    const profile = this.element.querySelector("input[name=profile]:checked").value;
    try {
      const { features } = await request(`/board/api/reach?lon=${lonlat[0]}&lat=${lonlat[1]}&profile=${profile}`);
      this.view.setReach(features);
      this.reachNoteTarget.textContent = features[0].geometry.coordinates.length === 0 ? this.wordsValue.none : "";
    } catch (error) {
      this.view.setReach([]);
      this.reachNoteTarget.textContent = error.message;
    }
  }
}

function ring({ type, coordinates }) { return type === "Polygon" ? coordinates[0] : []; }

application.register("zones", ZonesController);
