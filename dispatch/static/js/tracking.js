/* The recipient's map: one pin where the delivery goes, and about where the rider is once this is the next door. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { createMap } from "/static/js/map.js";

const EVERY_MS = 20000;

class TrackingMapController extends Controller {
  static values = { stop: Array, facts: String };

  async connect() {
    this.view = await createMap(this.element, { scheme: "auto", centre: this.stopValue, zoom: 15 });
    const [lon, lat] = this.stopValue;
    this.view?.setStops([{ id: "door", run_id: "", number: "", lon, lat, colour: 1, kind: "dropoff", state: "open" }]);
    this.timer = setInterval(() => { if (document.visibilityState === "visible") this.look(); }, EVERY_MS);
    this.look();
  }

  disconnect() {
    clearInterval(this.timer);
    this.view?.remove();
  }

  async look() {
    const response = await fetch(this.factsValue).catch(() => null);
    if (!response?.ok) return;
    const { rider } = await response.json();
    this.view?.setRiders(rider ? [{ id: "rider", lon: rider[0], lat: rider[1], name: "", initials: "", colour: 1, heading: null, is_stale: false }] : []);
    if (rider && !this.framed) {
      this.framed = true;
      this.view?.fit([this.stopValue, rider]);
    }
  }
}

application.register("tracking-map", TrackingMapController);
