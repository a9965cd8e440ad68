/* What is drawn on the base map: zones, runs, stops and hazards, as GeoJSON sources with their layers.
   Data in, GeoJSON and style layers out; knows no page and no map object. */

import { runColour } from "/static/js/map_palette.js";

const BOLD = ["system-ui", "Noto Sans Bold"];
const EMPTY = { type: "FeatureCollection", features: [] };
const LANES = [0, 1, -1, 2, -2]; // runs on one street lie side by side
const SOURCES = ["reach", "zones", "runs", "stops", "hazards"];

const collection = (features) => ({ type: "FeatureCollection", features });
const point = ({ lon, lat }, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties });

/* runs: [{id, colour: 1..10, coordinates: [[lon, lat], …], is_proposed}] */
export function runFeatures(runs, palette) {
  return collection(runs.filter(({ coordinates }) => coordinates?.length > 1).map(({ id, colour, coordinates, is_proposed = false }, index) => ({
    type: "Feature",
    geometry: { type: "LineString", coordinates },
    properties: { id: String(id), colour: runColour(colour, palette), is_proposed, lane: LANES[index % LANES.length] },
  })));
}

/* stops: [{id, run_id, number, lon, lat, colour, kind: "pickup" | "dropoff", state: "open" | "next" | "done" | "late" | "unassigned"}] */
export function stopFeatures(stops, palette) {
  return collection(stops.map((stop) => point(stop, {
    id: String(stop.id),
    run_id: String(stop.run_id ?? ""),
    number: String(stop.number ?? ""),
    kind: stop.kind ?? "dropoff",
    state: stop.state ?? "open",
    colour: stop.colour ? runColour(stop.colour, palette) : palette.ink,
  })));
}

/* hazards: [{id, kind, lon, lat}] */
export function hazardFeatures(hazards) {
  return collection(hazards.map((hazard) => point(hazard, { id: String(hazard.id), kind: hazard.kind })));
}

/* zones: [{id, name, geometry, charged}]; `charged` says what a price zone costs, others have none. */
export function zoneFeatures(zones) {
  return collection(zones.map(({ id, name = "", geometry, charged = "" }) => ({ type: "Feature", geometry, properties: { id: String(id), name, charged } })));
}

/* reach: GeoJSON features with `minutes`, the widest first; outline: the line that is being drawn, [[lon, lat], …] */
export function reachFeatures(features, outline) {
  const line = outline.length > 1 ? [{ type: "Feature", geometry: { type: "LineString", coordinates: outline }, properties: {} }] : [];
  const corners = outline.map((coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: {} }));
  return collection([...features, ...line, ...corners]);
}

export function overlaySources(data) {
  return Object.fromEntries(SOURCES.map((name) => [name, { type: "geojson", data: data[name] ?? EMPTY }]));
}

export function overlayLayers(p) {
  const round = { "line-cap": "round", "line-join": "round" };
  const state = (table, fallback) => ["match", ["get", "state"], ...Object.entries(table).flat(), fallback];
  const beside = ["interpolate", ["linear"], ["zoom"], 12, ["*", ["get", "lane"], 1.2], 16, ["*", ["get", "lane"], 5]];
  const radius = (grow) => ["interpolate", ["linear"], ["zoom"], 11, 4 + grow / 2, 14, 9 + grow, 18, 13 + grow];
  const is = (kind) => ["==", ["geometry-type"], kind];
  const priced = ["!=", ["get", "charged"], ""];
  const tone = ["case", priced, p.price, p.zone];
  const lines = [
    { id: "reach-fill", type: "fill", source: "reach", filter: ["has", "minutes"], paint: { "fill-color": p.zone, "fill-opacity": 0.13 } },
    { id: "reach-line", type: "line", source: "reach", filter: ["has", "minutes"], layout: round, paint: { "line-color": p.zone, "line-width": 1.5, "line-opacity": 0.7 } },
    { id: "outline", type: "line", source: "reach", filter: is("LineString"), layout: round, paint: { "line-color": p.accent, "line-width": 3 } },
    { id: "outline-corner", type: "circle", source: "reach", filter: is("Point"), paint: { "circle-radius": 5, "circle-color": p.accent, "circle-stroke-color": p.ink, "circle-stroke-width": 1.5 } },
    { id: "zone-fill", type: "fill", source: "zones", paint: { "fill-color": tone, "fill-opacity": ["case", priced, 0.1, 0.05] } },
    { id: "zone-line", type: "line", source: "zones", layout: round, paint: { "line-color": tone, "line-width": 2, "line-dasharray": [1, 2.5], "line-opacity": 0.8 } },
    { id: "run-casing", type: "line", source: "runs", layout: round, paint: { "line-color": p.surface, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 4.5, 16, 8.5], "line-offset": beside, "line-opacity": 0.9 } },
    { id: "run-line", type: "line", source: "runs", filter: ["!", ["get", "is_proposed"]], layout: round, paint: { "line-color": ["get", "colour"], "line-width": ["interpolate", ["linear"], ["zoom"], 11, 2.5, 16, 5], "line-offset": beside } },
    { id: "run-proposed", type: "line", source: "runs", filter: ["get", "is_proposed"], layout: round, paint: { "line-color": ["get", "colour"], "line-width": ["interpolate", ["linear"], ["zoom"], 11, 2.5, 16, 5], "line-offset": beside, "line-dasharray": [0.4, 1.7] } },
    { id: "run-arrows", type: "symbol", source: "runs", minzoom: 13.5, layout: { "symbol-placement": "line", "symbol-spacing": 90, "icon-image": "arrow-run", "icon-size": ["interpolate", ["linear"], ["zoom"], 13.5, 0.5, 17, 0.8], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true } },
  ];
  const points = [
    { id: "zone-name", type: "symbol", source: "zones", filter: priced, layout: { "text-field": ["format", ["get", "name"], {}, "\n", {}, ["get", "charged"], { "font-scale": 0.85 }], "text-font": BOLD, "text-size": 13, "text-max-width": 14 }, paint: { "text-color": p.price, "text-halo-color": p.halo, "text-halo-width": 1.8 } },
    { id: "stop-halo", type: "circle", source: "stops", filter: ["==", ["get", "state"], "next"], paint: { "circle-radius": radius(6), "circle-color": p.accent, "circle-opacity": 0.9 } },
    { id: "stop", type: "circle", source: "stops", paint: {
      "circle-radius": radius(0),
      "circle-color": state({ done: p.surface, unassigned: p.surface, late: p.hazard }, ["get", "colour"]),
      "circle-stroke-color": state({ done: ["get", "colour"], unassigned: p.ink, late: p.surface }, p.surface),
      "circle-stroke-width": 2,
      "circle-opacity": state({ done: 0.8 }, 1),
    } },
    { id: "stop-number", type: "symbol", source: "stops", minzoom: 12, layout: { "text-field": ["case", ["==", ["get", "kind"], "pickup"], ["concat", "↑", ["get", "number"]], ["get", "number"]], "text-font": BOLD, "text-size": ["interpolate", ["linear"], ["zoom"], 12, 9, 16, 13], "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": state({ done: p.ink, unassigned: p.ink }, p.name === "night" ? "#0e1412" : "#ffffff") } },
    { id: "hazard", type: "symbol", source: "hazards", layout: { "icon-image": "hazard", "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.55, 16, 1], "icon-allow-overlap": true } },
  ];
  return { lines, points };
}
