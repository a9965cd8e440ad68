/* What the board shows on its map: riders, the streets their runs follow, numbered stops, orders without a rider. */

export class BoardMap {
  constructor(element, chooseOrder, chooseRider) {
    this.chosen = { chooseOrder, chooseRider };
    this.element = element;
    this.ready = this.open(element);
  }

  async open(element) {
    const { createMap } = await import("/static/js/map.js");
    this.view = await createMap(element);
    if (!this.view) return;
    this.view.onSelect((what, id) => this.select(what, id));
    element.dispatchEvent(new CustomEvent("board-map:ready", { bubbles: true, detail: { view: this.view } }));
    if (this.latest) this.show(...this.latest);
  }

  show(state, lines) {
    this.latest = [state, lines];
    if (!this.view) return;
    this.orders_of = new Map();
    const stops = [];
    for (const rider of state.riders) {
      rider.run.stops.forEach((stop, index) => {
        this.orders_of.set(stop.id, stop.order_id);
        stops.push({
          id: stop.id, run_id: rider.run.id, number: index + 1, lon: stop.lonlat[0], lat: stop.lonlat[1], colour: rider.colour, kind: stop.kind,
          state: stop.is_late ? "late" : index === 0 ? "next" : "open",
        });
      });
    }
    for (const order of state.unassigned) {
      for (const task of order.tasks) {
        this.orders_of.set(task.id, order.id);
        stops.push({ id: task.id, run_id: "", number: "", lon: task.lonlat[0], lat: task.lonlat[1], kind: task.kind, state: "unassigned" });
      }
    }
    this.runs = new Map(lines.map((run) => [run.id, run.coordinates]));
    this.view.setRuns(lines.filter((run) => run.coordinates.length > 1));
    this.view.setStops(stops);
    this.riders = new Map(state.riders.map((rider) => [rider.id, { id: rider.id, lon: rider.lonlat[0], lat: rider.lonlat[1], name: rider.name, colour: rider.colour, is_stale: rider.is_stale }]));
    this.view.setRiders([...this.riders.values()]);
    if (!this.framed) this.frame(state, stops);
  }

  frame(state, stops) {
    const points = [...stops.map(({ lon, lat }) => [lon, lat]), ...state.riders.map(({ lonlat }) => lonlat)];
    if (points.length === 0) return;
    this.framed = true;
    this.fit(points);
  }

  /* On a phone the lists cover the lower half of the map. */
  fit(points) {
    const covered = window.matchMedia("(max-width: 48rem)").matches ? this.element.clientHeight * 0.55 : 40;
    this.view.fit(points, { padding: { top: 40, right: 60, bottom: covered, left: 40 } });
  }

  moveRider({ rider_id, lonlat }) {
    const rider = this.riders?.get(rider_id);
    if (!rider || !this.view) return;
    Object.assign(rider, { lon: lonlat[0], lat: lonlat[1], is_stale: false });
    this.view.moveRider(rider);
  }

  highlight(run_id) { this.view?.highlight(run_id); }

  fitRun(run_id) {
    const points = this.runs?.get(run_id) ?? [];
    if (this.view && points.length > 1) this.fit(points);
  }

  select(what, id) {
    if (what === "rider") this.chosen.chooseRider(id);
    if (what === "stop" && this.orders_of.has(id)) this.chosen.chooseOrder(this.orders_of.get(id));
  }

  remove() { this.view?.remove(); }
}
