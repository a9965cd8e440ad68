/* Price zones on the board's map, shown or hidden by a button that remembers. The map comes with `board-map:ready`. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { request } from "/static/js/http.js";

const ADDRESS = "/merchants/price-zones";
const REMEMBERED = "board-price-zones";

class PricesController extends Controller {
  static targets = ["toggle"];

  async mapped({ detail: { view } }) {
    this.view = view;
    const answer = await request(ADDRESS).catch(() => null);
    this.zones = (answer?.features ?? []).map(({ id, geometry, properties: { name, charged } }) => ({ id, name, geometry, charged }));
    this.toggleTarget.hidden = this.zones.length === 0;
    this.show(localStorage.getItem(REMEMBERED) !== "hidden");
  }

  toggle() {
    const is_shown = this.toggleTarget.getAttribute("aria-pressed") !== "true";
    localStorage.setItem(REMEMBERED, is_shown ? "shown" : "hidden");
    this.show(is_shown);
  }

  show(is_shown) {
    this.toggleTarget.setAttribute("aria-pressed", String(is_shown));
    this.view.setZones(is_shown ? this.zones : []);
  }
}

application.register("prices", PricesController);
