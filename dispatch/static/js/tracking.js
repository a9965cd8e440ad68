/* The recipient's map: one pin where the delivery goes. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { createMap } from "/static/js/map.js";

class TrackingMapController extends Controller {
  static values = { stop: Array };

  async connect() {
    this.view = await createMap(this.element, { scheme: "auto", centre: this.stopValue, zoom: 15 });
    const [lon, lat] = this.stopValue;
    this.view?.setStops([{ id: "door", run_id: "", number: "", lon, lat, colour: 1, kind: "dropoff", state: "open" }]);
  }

  disconnect() {
    this.view?.remove();
  }
}

application.register("tracking-map", TrackingMapController);
