/* The base map as a MapLibre style, built from a palette: what a bike messenger needs to see first is where bikes go.
   Layers and attributes of the tiles: dispatch/geo/README.md. No glyph and no sprite files: text is drawn with the
   reader's own fonts, arrows by map_images.js. */

const REGULAR = ["system-ui", "Noto Sans Regular"];
const BOLD = ["system-ui", "Noto Sans Bold"];
const ITALIC = ["system-ui", "Noto Sans Italic"];

export const ATTRIBUTION = '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">© OpenStreetMap contributors</a>';

const MAJOR = ["motorway", "trunk", "primary", "secondary", "tertiary"];
const MINOR = ["residential", "service", "pedestrian"];
const SOFT = ["path", "track", "steps"];

/* Width of a road in pixels at zoom 20; each zoom level below halves it, down to a hair. */
const WIDTH_AT_20 = { motorway: 110, trunk: 100, primary: 90, secondary: 80, tertiary: 72, residential: 60, pedestrian: 52, service: 30, cycleway: 24, track: 16, path: 12, steps: 20 };
const WIDTH_AT_11 = { motorway: 2.4, trunk: 2.2, primary: 1.8, secondary: 1.3, tertiary: 0.9, residential: 0.35, pedestrian: 0.3, service: 0.1, cycleway: 0.7, track: 0.2, path: 0.2, steps: 0.2 };

const kind = ["get", "kind"];
const is = (...kinds) => ["in", kind, ["literal", kinds]];
const on = (attribute) => ["==", ["to-number", ["get", attribute], 0], 1];
const byKind = (table, fallback) => ["match", kind, ...Object.entries(table).flat(), fallback];
const scale = (table, factor, extra) => ["+", ["*", byKind(table, 1), factor], extra];

function roadWidth(factor = 1, extra = 0) {
  return ["interpolate", ["exponential", 1.7], ["zoom"], 8, 0.4 + extra / 4, 11, scale(WIDTH_AT_11, factor, extra / 2), 15, scale({ motorway: 9, trunk: 8.5, primary: 8, secondary: 7, tertiary: 6.2, residential: 4.6, pedestrian: 4.2, service: 2.2, cycleway: 2.6, track: 1.5, path: 1.4, steps: 2 }, factor, extra), 20, scale(WIDTH_AT_20, factor, extra * 1.5)];
}

function fills(p) {
  const fill = (id, layer, filter, colour, more = {}) => ({ id, type: "fill", source: "city", "source-layer": layer, filter, paint: { "fill-color": colour, ...more } });
  return [
    { id: "land", type: "background", paint: { "background-color": p.land } },
    fill("landuse", "landuse", ["!", is("parking", "pier")], byKind({
      residential: p.residential, commercial: p.residential, industrial: p.industrial, rail: p.industrial, park: p.park, garden: p.park, wood: p.wood, forest: p.wood,
      grass: p.grass, meadow: p.grass, farmland: p.grass, pitch: p.pitch, cemetery: p.cemetery, school: p.school, hospital: p.school, sand: p.sand, rock: p.rock, square: p.pedestrian,
    }, p.land), { "fill-opacity": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 12, 1] }),
    { id: "waterway", type: "line", source: "city", "source-layer": "waterway", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": p.waterway, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, byKind({ river: 1.2, canal: 1 }, 0.4), 16, byKind({ river: 7, canal: 6 }, 2.5)] } },
    fill("water", "water", true, p.water, { "fill-outline-color": p.waterway }),
    fill("pier", "landuse", is("pier"), p.land),
    { id: "boundary", type: "line", source: "city", "source-layer": "boundary", filter: is("country", "city"), maxzoom: 15, layout: { "line-join": "round" }, paint: { "line-color": p.boundary, "line-width": ["interpolate", ["linear"], ["zoom"], 8, byKind({ country: 1.6 }, 0.7), 14, byKind({ country: 2.4 }, 1.2)], "line-dasharray": [4, 2, 1, 2], "line-opacity": byKind({ country: 0.9 }, 0.55) } },
    { id: "contour", type: "line", source: "city", "source-layer": "contour", minzoom: 11, layout: { "line-join": "round" }, paint: { "line-color": p.hill, "line-width": ["case", on("major"), 1.1, 0.6], "line-opacity": ["interpolate", ["linear"], ["zoom"], 11, 0.25, 14, 0.5] } },
    { ...fill("building", "building", true, p.building, { "fill-outline-color": p.building_line, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 13.5, 0, 15, 1] }), minzoom: 13.5 },
  ];
}

/* One level of the road network: casings first, so that crossings of one level merge. level: tunnel | ground | bridge. */
function roads(p, level) {
  const at = { tunnel: on("tunnel"), bridge: on("bridge"), ground: ["all", ["!", on("tunnel")], ["!", on("bridge")]] }[level];
  const line = (id, filter, paint, layout = {}, minzoom = 5) => ({
    id: `${level}-${id}`, type: "line", source: "city", "source-layer": "road", minzoom, filter: ["all", at, filter],
    layout: { "line-join": "round", "line-cap": level === "bridge" ? "butt" : "round", ...layout }, paint,
  });
  const faded = level === "tunnel" ? 0.35 : 1;
  const casing = byKind({ motorway: p.motorway_case, trunk: p.motorway_case, primary: p.primary_case, secondary: p.secondary_case, pedestrian: p.pedestrian_case }, p.road_case);
  const filling = byKind({ motorway: p.motorway, trunk: p.motorway, primary: p.primary, secondary: p.secondary, tertiary: p.secondary, pedestrian: p.pedestrian }, p.street);
  const rank = { "line-sort-key": byKind({ motorway: 9, trunk: 8, primary: 7, secondary: 6, tertiary: 5, residential: 4, pedestrian: 3, service: 2 }, 1) };
  const cars = is(...MAJOR, ...MINOR);
  return [
    line("beside", ["all", is("path"), on("beside")], { "line-color": p.path, "line-width": roadWidth(0.45), "line-dasharray": [1.5, 2], "line-opacity": 0.45 * faded }, { "line-cap": "butt" }, 16),
    line("path", ["all", is("path", "track"), ["!", on("beside")]], { "line-color": p.path, "line-width": roadWidth(0.65), "line-dasharray": [2.2, 1.4], "line-opacity": 0.9 * faded }, { "line-cap": "butt" }, 13.5),
    line("casing", cars, { "line-color": casing, "line-width": roadWidth(1, 1.6), "line-opacity": faded }, rank),
    line("filling", cars, { "line-color": level === "tunnel" ? p.tunnel : filling, "line-width": roadWidth(), "line-opacity": level === "tunnel" ? 0.8 : 1 }, rank),
    line("steps", is("steps"), { "line-color": p.steps, "line-width": roadWidth(1), "line-dasharray": [0.35, 0.3] }, { "line-cap": "butt" }, 14),
    line("nobike", ["all", cars, on("nobike")], { "line-color": p.nobike, "line-width": roadWidth(0.16, 0.4), "line-dasharray": [3, 3], "line-opacity": 0.6 }, { "line-cap": "butt" }, 14),
    line("lane", ["all", cars, ["has", "bike"]], { "line-color": p.cycleway, "line-gap-width": roadWidth(0.72), "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 17, 2], "line-opacity": 0.75 * faded }, { "line-cap": "butt" }, 12.5),
    line("cycleway-casing", is("cycleway"), { "line-color": p.cycleway_case, "line-width": roadWidth(1, 2.2), "line-opacity": faded }, {}, 12),
    line("cycleway", is("cycleway"), { "line-color": p.cycleway, "line-width": roadWidth(), "line-opacity": level === "tunnel" ? 0.5 : 1 }),
    line("rail", is("rail", "tram"), { "line-color": p.rail, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.5, 17, 2.5], "line-opacity": faded }, { "line-cap": "butt" }, 10),
    line("sleepers", is("rail"), { "line-color": p.rail, "line-width": ["interpolate", ["linear"], ["zoom"], 14.5, 1.5, 17, 6], "line-dasharray": [0.2, 2], "line-opacity": faded }, { "line-cap": "butt" }, 14.5),
  ];
}

function arrows() {
  const arrow = (id, filter, image, rotate, minzoom) => ({
    id, type: "symbol", source: "city", "source-layer": "road", minzoom, filter,
    layout: { "symbol-placement": "line", "symbol-spacing": 110, "icon-image": image, "icon-rotate": rotate, "icon-size": ["interpolate", ["linear"], ["zoom"], 15, 0.55, 18, 0.9], "icon-rotation-alignment": "map", "icon-padding": 1, "icon-allow-overlap": false },
  });
  const way = (direction) => ["all", is(...MAJOR, ...MINOR, "cycleway"), ["==", ["to-number", ["get", "oneway"], 0], direction]];
  return [
    arrow("oneway", ["all", way(1), ["!", on("contraflow")]], "arrow-oneway", 0, 15),
    arrow("oneway-back", ["all", way(-1), ["!", on("contraflow")]], "arrow-oneway", 180, 15),
    arrow("contraflow", ["all", way(1), on("contraflow")], "arrow-contraflow", 0, 15),
    arrow("contraflow-back", ["all", way(-1), on("contraflow")], "arrow-contraflow", 180, 15),
  ];
}

function labels(p) {
  const label = (id, layer, minzoom, filter, layout, paint = {}) => ({
    id, type: "symbol", source: "city", "source-layer": layer, minzoom, filter,
    layout: { "text-field": ["get", "name"], "text-font": REGULAR, "text-size": 12, "text-padding": 3, ...layout },
    paint: { "text-color": p.text, "text-halo-color": p.halo, "text-halo-width": 1.4, ...paint },
  });
  const along = { "symbol-placement": "line", "symbol-spacing": 320, "text-rotation-alignment": "map", "text-pitch-alignment": "viewport", "text-max-angle": 32 };
  const bike_pois = ["bicycle_shop", "bicycle_parking", "pump", "drinking_water"];
  const shown_pois = [...bike_pois, "hospital", "station", "townhall", "school", "museum", "worship", "pharmacy", "viewpoint"];
  return [
    label("address", "address", 17, true, { "text-field": ["get", "number"], "text-size": ["interpolate", ["linear"], ["zoom"], 17, 9.5, 19, 13] }, { "text-color": p.address, "text-halo-width": 1 }),
    label("road-number", "road", 10, ["all", is("motorway", "trunk", "primary"), ["has", "ref"]], { "symbol-placement": "line", "symbol-spacing": 380, "text-rotation-alignment": "viewport", "text-field": ["get", "ref"], "text-size": 10.5, "text-font": BOLD, "text-padding": 24 }, { "text-color": p.road_number, "text-halo-width": 2 }), // before the names in this list: names win
    label("waterway-name", "waterway", 13, ["has", "name"], { ...along, "symbol-spacing": 600, "text-font": ITALIC }, { "text-color": p.water_text }),
    label("water-name", "surface_name", 12, is("river", "lake", "basin", "sea"), { "text-font": ITALIC, "text-max-width": 7, "text-padding": 60 }, { "text-color": p.water_text }),
    label("minor-name", "road", 14.5, ["all", is(...MINOR, ...SOFT, "cycleway"), ["has", "name"]], { ...along, "text-size": ["interpolate", ["linear"], ["zoom"], 14.5, 10.5, 18, 14] }, { "text-color": ["case", is("cycleway"), p.poi_bike, p.text] }),
    label("major-name", "road", 12.5, ["all", is(...MAJOR), ["has", "name"]], { ...along, "text-size": ["interpolate", ["linear"], ["zoom"], 12.5, 10.5, 18, 15] }),
    label("poi", "poi", 15.5, ["all", ["has", "name"], is(...shown_pois)], { "text-size": 11, "text-max-width": 8, "text-anchor": "top", "text-offset": [0, 0.55], "text-optional": true, "icon-image": "dot" }, { "text-color": ["case", is(...bike_pois), p.poi_bike, p.poi] }),
    label("shop", "poi", 17.2, ["all", ["has", "name"], ["!", is(...shown_pois)]], { "text-size": 10.5, "text-max-width": 8, "text-anchor": "top", "text-offset": [0, 0.5], "icon-image": "dot" }, { "text-color": p.poi }),
    label("height", "contour", 12.5, on("major"), { ...along, "text-field": ["concat", ["to-string", ["get", "height"]], " m"], "text-size": 10, "symbol-spacing": 400 }, { "text-color": p.hill }),
    label("park-name", "surface_name", 14.5, is("park", "wood", "cemetery"), { "text-size": 11, "text-font": ITALIC, "text-max-width": 7, "text-padding": 14 }, { "text-color": p.text_soft }),
    label("quarter", "place", 12, is("suburb", "neighbourhood", "quarter", "hamlet"), { "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 15, 14], "text-letter-spacing": 0.06, "text-font": BOLD, "text-max-width": 8 }, { "text-color": p.text_soft }),
    { ...label("town", "place", 6, is("city", "town", "village"), { "text-size": ["interpolate", ["linear"], ["zoom"], 8, byKind({ city: 15, town: 13 }, 11), 14, byKind({ city: 24, town: 20 }, 16)], "text-font": BOLD, "symbol-sort-key": byKind({ city: 0, town: 1 }, 2) }, { "text-color": p.place, "text-halo-width": 1.8 }), maxzoom: 15 },
  ];
}

/* tiles: {tiles: [template], maxzoom}, of an archive pmtiles://…/{z}/{x}/{y}; null draws an empty sheet.
   overlay: layers of our own things; its lines lie under the labels, its points over everything. */
export function buildStyle(palette, tiles, overlay) {
  const city = tiles ? { city: { type: "vector", attribution: ATTRIBUTION, ...tiles } } : {};
  const background = { id: "land", type: "background", paint: { "background-color": palette.land } };
  const ground = tiles ? [...fills(palette), ...["tunnel", "ground", "bridge"].flatMap((level) => roads(palette, level))] : [background];
  const words = tiles ? [...arrows(), ...labels(palette)] : [];
  return { version: 8, name: `paceline-${palette.name}`, sources: { ...city, ...overlay.sources }, layers: [...ground, ...overlay.lines, ...words, ...overlay.points] };
}
