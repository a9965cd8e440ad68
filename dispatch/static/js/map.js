/* The only importer of MapLibre. createMap(element, options) answers a CityMap: a base map of our own tiles, by day or
   night, with runs, stops, riders, hazards and zones on it. Foreign requests: none.

   const view = await createMap(element, {scheme: "auto", centre: [lon, lat], zoom: 14, tiles: "/tiles/7/city.pmtiles"});
   view.setRuns([...]); view.setRiders([...]); view.onSelect((what, id) => …); */

import * as maplibre from "/static/vendor/maplibre-gl.mjs";
import { PMTiles, Protocol } from "/static/vendor/pmtiles.js";
import { provideImages } from "/static/js/map_images.js";
import { hazardFeatures, overlayLayers, overlaySources, reachFeatures, runFeatures, stopFeatures, zoneFeatures } from "/static/js/map_overlay.js";
import { DAY, NIGHT } from "/static/js/map_palette.js";
import { pinElement, riderElement, updateRider } from "/static/js/map_markers.js";
import { buildStyle } from "/static/js/map_style.js";
import { text } from "/static/js/text.js";

const TILES_MAXZOOM = 15;
const [SKETCH_RATIO, SKETCH_MS] = [0.25, 2500];
const SELECTABLE = { stop: "stop", "run-line": "run", "run-proposed": "run", hazard: "hazard" };

const WORKER = "/static/vendor/maplibre-gl-worker.mjs";
const READER = "/static/js/map_worker.mjs";
const archives = new Protocol(); // answers until the worker's own is there
maplibre.addProtocol("pmtiles", archives.tile);

/* null when the device cannot draw a map; the element then says so. */
export async function createMap(element, options = {}) {
  maplibre.setWorkerUrl(options.worker ?? WORKER);
  const address = options.tiles ?? document.querySelector('meta[name="tiles-url"]')?.content;
  try {
    if (address && !address.includes("{z}")) maplibre.importScriptInWorkers(READER).catch(ofPastMap);
    const [tiles] = await Promise.all([openTiles(address), loadSheet()]);
    return new CityMap(element, tiles, options);
  } catch (error) {
    console.warn("map", error);
    element.textContent = text("map_failed");
    element.classList.add("map-failed");
    return null;
  }
}

/* MapLibre's own style sheet comes with the first map, ahead of ours so that map.css wins. */
function loadSheet() {
  if (document.querySelector("link[data-map-sheet]")) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/vendor/maplibre-gl.css" });
  link.dataset.mapSheet = "";
  return new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.querySelector('link[rel="stylesheet"]').before(link);
  });
}

/* A PMTiles archive frames the map by its own bounds; a template …/{z}/{x}/{y}.mvt (the phone) cannot. */
async function openTiles(address) {
  if (!address) return { source: null };
  const url = new URL(address, window.location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  if (url.includes("{z}")) return { source: { tiles: [url], maxzoom: TILES_MAXZOOM } };
  const archive = new PMTiles(url);
  archives.add(archive);
  const { minLon, minLat, maxLon, maxLat, minZoom, maxZoom } = await archive.getHeader();
  const source = { tiles: [`pmtiles://${url}/{z}/{x}/{y}`], minzoom: minZoom, maxzoom: maxZoom, bounds: [minLon, minLat, maxLon, maxLat] };
  return { source, bounds: [[minLon, minLat], [maxLon, maxLat]] };
}

/* The last map's removal ends the workers, whoever is on the way to them. */
function ofPastMap(error) {
  if (error.name !== "AbortError") console.warn("map", error);
}

function isSoftware(canvas) {
  const gl = canvas.getContext("webgl2");
  const told = gl?.getExtension("WEBGL_debug_renderer_info");
  return Boolean(told) && /swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(told.UNMASKED_RENDERER_WEBGL));
}

class CityMap {
  constructor(element, tiles, { scheme = "auto", centre, zoom, bounds, interactive = true, padding = 40, controls = true }) {
    this.element = element;
    this.tiles = tiles;
    this.scheme = scheme;
    this.raw = { reach: [], outline: [], zones: [], runs: [], stops: [], hazards: [] };
    this.late = new Set();
    this.riders = new Map();
    this.selected = [];
    const label = element.ariaLabel ?? text("map_label"); // the canvas carries it, not the box
    element.removeAttribute("aria-label");
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.palette = this.choosePalette();
    const frame = centre ? { center: centre, zoom: zoom ?? 14 } : { bounds: bounds ?? tiles.bounds, fitBoundsOptions: { padding } };
    this.map = new maplibre.Map({
      container: element, ...frame, interactive, attributionControl: false, maxZoom: 20, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      fadeDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
      locale: { "NavigationControl.ZoomIn": text("map_zoom_in"), "NavigationControl.ZoomOut": text("map_zoom_out"), "AttributionControl.ToggleAttribution": text("map_attribution"), "Map.Title": label },
    });
    provideImages(this.map, () => this.palette);
    this.map.on("style.load", () => this.refill());
    if (tiles.source && isSoftware(this.map.getCanvas())) this.sketch();
    this.starting = setTimeout(() => this.restyle()); // what the caller sets at once is drawn at once, not after
    if (tiles.source) this.map.addControl(new maplibre.AttributionControl({ compact: element.clientWidth < 480 }), "bottom-right");
    if (interactive && controls) this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.repaint = () => this.applyScheme();
    this.dark.addEventListener("change", this.repaint);
    document.documentElement.addEventListener("theme:changed", this.repaint);
    this.selectable();
  }

  /* Without a graphics chip each frame costs as its pixels do: few of them until there is a street to draw. */
  sketch() {
    this.map.setPixelRatio(SKETCH_RATIO);
    const streets = ({ sourceId, tile }) => { if (sourceId === "city" && tile && this.map.isSourceLoaded("city")) finish(); };
    const finish = () => {
      clearTimeout(patience);
      this.map.off("sourcedata", streets);
      this.map.setPixelRatio(null);
    };
    const patience = setTimeout(finish, SKETCH_MS);
    this.map.on("sourcedata", streets);
    this.map.once("remove", () => clearTimeout(patience));
  }

  setRuns(runs) { this.set("runs", runs); }
  setStops(stops) { this.set("stops", stops); }
  setHazards(hazards) { this.set("hazards", hazards); }
  setZones(zones) { this.set("zones", zones); }
  /* Areas within reach (GeoJSON features with `minutes`), and the outline that is being drawn: [[lon, lat], …]. */
  setReach(features) { this.set("reach", features); }
  setOutline(points) { this.raw.outline = points; this.set("reach", this.raw.reach); }

  /* riders: [{id, lon, lat, name, initials, colour: 1..10, heading (degrees from north) or null, is_stale}]. Those who are missing go. */
  setRiders(riders) {
    const present = new Set(riders.map(({ id }) => String(id)));
    for (const [id, marker] of this.riders) {
      if (present.has(id)) continue;
      marker.remove();
      this.riders.delete(id);
    }
    for (const rider of riders) this.moveRider(rider);
  }

  moveRider(rider) {
    const id = String(rider.id);
    let marker = this.riders.get(id);
    if (!marker) {
      const element = riderElement(() => this.tell("rider", id));
      marker = new maplibre.Marker({ element }).setLngLat([rider.lon, rider.lat]).addTo(this.map);
      this.riders.set(id, marker);
    }
    marker.setLngLat([rider.lon, rider.lat]);
    updateRider(marker.getElement(), rider);
  }

  /* One pin to be set by hand; null takes it away. */
  pin(lonlat, moved) {
    if (!lonlat) {
      this.pinned?.remove();
      this.pinned = null;
      return;
    }
    if (!this.pinned) {
      this.pinned = new maplibre.Marker({ element: pinElement(), anchor: "bottom", draggable: Boolean(moved) }).setLngLat(lonlat).addTo(this.map);
      this.pinned.on("dragend", () => moved?.(this.pinned.getLngLat().toArray()));
    }
    this.pinned.setLngLat(lonlat);
  }

  /* Dims every run but one; null shows all alike. */
  highlight(run_id) {
    this.highlighted = run_id;
    if (!this.is_styled) return;
    const opacity = (rest) => (run_id === null ? 1 : ["case", ["==", ["get", "id"], String(run_id)], 1, rest]);
    const stops = run_id === null ? 1 : ["case", ["==", ["get", "run_id"], String(run_id)], 1, 0.25];
    for (const layer of ["run-casing", "run-line", "run-proposed"]) this.map.setPaintProperty(layer, "line-opacity", opacity(0.15));
    this.map.setPaintProperty("stop", "circle-opacity", stops);
    this.map.setPaintProperty("stop-number", "text-opacity", stops);
  }

  flyTo(lonlat, zoom) { this.map.flyTo({ center: lonlat, zoom: zoom ?? Math.max(this.map.getZoom(), 15), duration: 700 }); }

  /* points: [[lon, lat], …] */
  fit(points, { padding = 60, maxZoom = 16.5 } = {}) {
    if (points.length === 0) return;
    const bounds = points.reduce((box, lonlat) => box.extend(lonlat), new maplibre.LngLatBounds(points[0], points[0]));
    this.map.fitBounds(bounds, { padding, maxZoom, duration: 500 });
  }

  /* told(what, id): what is "rider", "stop", "run" or "hazard". */
  onSelect(told) { this.selected.push(told); }
  onClick(told) { this.map.on("click", (event) => told(event.lngLat.toArray())); }
  onIdle(told) { this.map.once("idle", told); }
  centre() { return this.map.getCenter().toArray(); }
  resize() { this.map.resize(); }

  remove() {
    clearTimeout(this.starting);
    this.dark.removeEventListener("change", this.repaint);
    document.documentElement.removeEventListener("theme:changed", this.repaint);
    this.map.remove();
  }

  set(name, items) {
    this.raw[name] = items;
    if (this.is_styled) this.map.getSource(name).setData(this.features()[name]);
    else this.late.add(name);
  }

  /* A style holds what was set before it; `late` is what is set while it is on its way. */
  restyle() {
    this.is_styled = false;
    this.late = new Set();
    this.map.setStyle(this.style(), { diff: false });
  }

  refill() {
    this.is_styled = true;
    const features = this.features();
    for (const name of this.late) this.map.getSource(name).setData(features[name]);
    if (this.highlighted != null) this.highlight(this.highlighted);
  }

  features() {
    const { reach, outline, zones, runs, stops, hazards } = this.raw;
    return { reach: reachFeatures(reach, outline), zones: zoneFeatures(zones), runs: runFeatures(runs, this.palette), stops: stopFeatures(stops, this.palette), hazards: hazardFeatures(hazards) };
  }

  style() {
    return buildStyle(this.palette, this.tiles.source, { sources: overlaySources(this.features()), ...overlayLayers(this.palette) });
  }

  choosePalette() {
    const theme = document.documentElement.dataset.theme;
    const wanted = this.scheme !== "auto" ? this.scheme : theme ? { light: "day", dark: "night" }[theme] : this.dark.matches ? "night" : "day";
    return wanted === "night" ? NIGHT : DAY;
  }

  applyScheme() {
    const palette = this.choosePalette();
    if (palette === this.palette) return;
    this.palette = palette;
    this.restyle();
  }

  selectable() {
    for (const [layer, what] of Object.entries(SELECTABLE)) {
      this.map.on("click", layer, (event) => this.tell(what, event.features[0].properties.id));
      this.map.on("mouseenter", layer, () => { this.map.getCanvas().style.cursor = "pointer"; });
      this.map.on("mouseleave", layer, () => { this.map.getCanvas().style.cursor = ""; });
    }
  }

  tell(what, id) {
    for (const told of this.selected) told(what, id);
  }
}
