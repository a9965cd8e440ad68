/* The run on a map; loaded only when the rider looks at it. Everything on it is in the list as well. */

/* The same file as everywhere, at an address that the service worker looks after: so the tiles that the map's own worker
   asks for come from the phone as well. */
const WORKER = "/app/static/map_worker.mjs";

export class RunMap {
  constructor(element, tiles) {
    this.element = element;
    this.tiles = tiles;
    this.hazards = [];
    this.onHazard = () => {};
    this.onTap = () => {};
  }

  /* Without a network and never looked at, the map is not there; the next look tries again. */
  async open(run, here) {
    this.opening ??= this.make(run, here).catch(() => { this.opening = null; });
    await this.opening;
    this.view?.resize();
    this.draw(run, here);
    const points = run.stops.map((stop) => stop.lonlat);
    if (points.length > 0) this.view?.fit([...points, ...(here ? [here] : [])]);
  }

  async make(run, here) {
    const { createMap } = await import("/static/js/map.js");
    this.view = await createMap(this.element, { tiles: this.tiles, worker: WORKER, centre: run.stops[0]?.lonlat ?? here ?? undefined, zoom: 13 });
    this.view?.onSelect((what, id) => { if (what === "hazard") this.onHazard(id); });
    this.view?.onClick((lonlat) => this.onTap(lonlat));
  }

  draw(run, here) {
    if (!this.view) return;
    this.view.setRuns(run.stops.map((stop, index) => ({ id: stop.id, colour: index === 0 ? 1 : 10, coordinates: stop.leg.coordinates, is_proposed: false })));
    this.view.setStops(run.stops.map((stop, index) => ({
      id: stop.id, run_id: stop.id, number: index + 1, lon: stop.lonlat[0], lat: stop.lonlat[1], colour: index === 0 ? 1 : 10,
      kind: stop.tasks[0].kind, state: index === 0 ? "next" : "open",
    })));
    this.view.setRiders(here ? [{ id: "me", lon: here[0], lat: here[1], name: "", initials: "●", colour: 1, heading: null, is_stale: false }] : []);
    this.view.setHazards(this.hazards);
  }

  setHazards(hazards) {
    this.hazards = hazards;
    this.view?.setHazards(hazards);
  }

  /* A pin to be moved by hand; null takes it away. */
  place(lonlat, moved, comes_into_view = false) {
    this.view?.pin(lonlat, moved);
    if (lonlat && comes_into_view) this.view?.flyTo(lonlat, 16);
  }

  middle() { return this.view?.centre() ?? null; }
}
