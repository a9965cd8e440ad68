/* The style guide's own behaviours: an example map and the list of icons. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { icon } from "/static/js/icon.js";
import { createMap } from "/static/js/map.js";

/* Offsets in degrees from the middle of the map. */
const RIDE = [[-0.011, -0.003], [-0.007, -0.001], [-0.003, -0.002], [0.001, 0.001], [0.006, 0.002]];
const OTHER = [[-0.004, 0.005], [0.002, 0.0045], [0.005, -0.002], [0.01, -0.003]];

class MapController extends Controller {
  /* Only once it is looked at: the page is long. */
  connect() {
    this.watcher = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.watcher.disconnect();
      this.draw();
    });
    this.watcher.observe(this.element);
  }

  async draw() {
    const view = await createMap(this.element);
    if (!view) return;
    const { lng, lat } = view.map.getCenter();
    const around = (offsets) => offsets.map(([east, north]) => [lng + east, lat + north]);
    const [first, second] = [around(RIDE), around(OTHER)];
    view.setRuns([{ id: 1, colour: 2, coordinates: first }, { id: 2, colour: 3, coordinates: second, is_proposed: true }]);
    view.setStops([
      ...first.slice(1).map(([lon, at], index) => ({ id: index, run_id: 1, number: index + 1, lon, lat: at, colour: 2, state: ["done", "next", "open", "late"][index], kind: index === 0 ? "pickup" : "dropoff" })),
      ...second.slice(1).map(([lon, at], index) => ({ id: 10 + index, run_id: 2, number: index + 1, lon, lat: at, colour: 3 })),
    ]);
    view.setRiders([
      { id: 1, name: "Amina Okafor", colour: 2, heading: 70, lon: first[1][0] + 0.002, lat: first[1][1] },
      { id: 2, name: "Jonas Weiß", colour: 3, heading: 200, lon: second[0][0], lat: second[0][1] },
      { id: 3, name: "Leïla Haddad", lon: lng + 0.004, lat: lat + 0.005, is_stale: true },
    ]);
    view.setHazards([{ id: 1, kind: "glass", lon: lng - 0.006, lat: lat + 0.004 }]);
    view.flyTo([lng, lat], 15.2);
    this.view = view;
  }

  disconnect() {
    this.watcher.disconnect();
    this.view?.remove();
  }
}

class IconsController extends Controller {
  async connect() {
    const sprite = new DOMParser().parseFromString(await (await fetch("/static/icons.svg")).text(), "image/svg+xml");
    for (const { id } of sprite.querySelectorAll("symbol")) {
      const label = document.createElement("span");
      label.className = "badge badge-plain";
      label.append(icon(id), id);
      this.element.append(label);
    }
  }
}

application.register("styleguide-map", MapController);
application.register("styleguide-icons", IconsController);
