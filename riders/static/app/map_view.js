/* The run on a map; loaded only when the rider looks at it. Everything on it is in the list as well. */

export class RunMap {
  constructor(element, tiles) {
    this.element = element;
    this.tiles = tiles;
  }

  async open(run, here) {
    if (!this.view) {
      const { createMap } = await import("/static/js/map.js");
      this.view = await createMap(this.element, { tiles: this.tiles, centre: run.stops[0]?.lonlat ?? here ?? undefined, zoom: 13 });
    }
    this.view?.resize();
    this.draw(run, here);
    const points = run.stops.map((stop) => stop.lonlat);
    if (points.length > 0) this.view?.fit([...points, ...(here ? [here] : [])]);
  }

  draw(run, here) {
    if (!this.view) return;
    this.view.setRuns(run.stops.map((stop, index) => ({ id: stop.id, colour: index === 0 ? 1 : 10, coordinates: stop.leg.coordinates, is_proposed: false })));
    this.view.setStops(run.stops.map((stop, index) => ({
      id: stop.id, run_id: stop.id, number: index + 1, lon: stop.lonlat[0], lat: stop.lonlat[1], colour: index === 0 ? 1 : 10,
      kind: stop.tasks[0].kind, state: index === 0 ? "next" : "open",
    })));
    this.view.setRiders(here ? [{ id: "me", lon: here[0], lat: here[1], name: "", initials: "●", colour: 1, heading: null, is_stale: false }] : []);
  }
}
