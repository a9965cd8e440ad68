/* Which map tiles a run needs, so that its map is there without a network. */

const ZOOMS = [12, 13, 14, 15];
const MOST = 400;

export function tilesAlong(stops, template) {
  const wanted = new Set();
  for (const zoom of ZOOMS) {
    for (const stop of stops) {
      for (const lonlat of [stop.lonlat, ...stop.leg.coordinates]) {
        const [x, y] = tileAt(lonlat, zoom);
        for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) wanted.add(`${zoom}/${x + dx}/${y + dy}`);
        if (wanted.size >= MOST) return addresses(wanted, template);
      }
    }
  }
  return addresses(wanted, template);
}

function addresses(wanted, template) {
  return [...wanted].map((path) => {
    const [z, x, y] = path.split("/");
    return template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
  });
}

function tileAt([lon, lat], zoom) {
  const scale = 2 ** zoom;
  const sine = Math.sin((lat * Math.PI) / 180);
  return [Math.floor(((lon + 180) / 360) * scale), Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * scale)];
}
