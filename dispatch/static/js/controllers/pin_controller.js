/* A small map with one pin for the lon/lat of an address_field. Markup: pin_field in ui/forms.html.
   Follows autocomplete:picked of its field; moving the pin writes the hidden fields (and NAME_moved, until another
   address is typed) and dispatches pin:moved {lon, lat}. */

import { Controller } from "/static/vendor/stimulus.js";
import { text } from "/static/js/text.js";

export default class extends Controller {
  static targets = ["map", "status"];
  static values = { for: String, centre: Array };

  async connect() {
    this.element.hidden = false;
    this.lon = document.querySelector(`[name="${this.forValue}_lon"]`);
    this.lat = document.querySelector(`[name="${this.forValue}_lat"]`);
    this.byHand = document.querySelector(`[name="${this.forValue}_moved"]`);
    this.field = this.lon.closest("[data-controller~=autocomplete]");
    this.follow = (event) => {
      this.byHand.value = "";
      this.put([event.detail.lon, event.detail.lat], { fly: true });
    };
    this.forget = () => {
      this.byHand.value = "";
      this.view?.pin(null);
    };
    this.field?.addEventListener("autocomplete:picked", this.follow);
    this.field?.addEventListener("autocomplete:cleared", this.forget);
    const start = this.lon.value ? [Number(this.lon.value), Number(this.lat.value)] : null;
    const centre = start ?? (this.centreValue.length === 2 ? this.centreValue : undefined);
    const { createMap } = await import("/static/js/map.js"); // heavy, so only where a map is
    this.view = await createMap(this.mapTarget, { centre, zoom: start ? 16.5 : undefined });
    if (start) this.put(start);
    this.view?.onClick((lonlat) => this.moved(lonlat));
  }

  disconnect() {
    this.field?.removeEventListener("autocomplete:picked", this.follow);
    this.field?.removeEventListener("autocomplete:cleared", this.forget);
    this.view?.remove();
  }

  put(lonlat, { fly = false } = {}) {
    this.view?.pin(lonlat, (moved) => this.moved(moved));
    if (fly) this.view?.flyTo(lonlat, 17);
  }

  moved([lon, lat]) {
    this.lon.value = lon.toFixed(6);
    this.lat.value = lat.toFixed(6);
    this.byHand.value = "1";
    this.put([lon, lat]);
    this.statusTarget.textContent = text("pin_set");
    this.dispatch("moved", { detail: { lon, lat } });
  }
}
