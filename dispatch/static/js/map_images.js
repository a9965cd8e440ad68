/* Small pictures for the map, drawn on a canvas when the style asks for them by name. */

const RATIO = 2;

function canvas(size, draw) {
  const element = document.createElement("canvas");
  element.width = element.height = size * RATIO;
  const pen = element.getContext("2d");
  pen.scale(RATIO, RATIO);
  pen.lineCap = pen.lineJoin = "round";
  draw(pen, size);
  return pen.getImageData(0, 0, size * RATIO, size * RATIO);
}

function arrow(colour, halo) {
  return canvas(24, (pen) => {
    const path = new Path2D("M5 12h13M13 7l5 5-5 5");
    pen.strokeStyle = halo;
    pen.lineWidth = 5.5;
    pen.stroke(path);
    pen.strokeStyle = colour;
    pen.lineWidth = 2.4;
    pen.stroke(path);
  });
}

/* A one-way street that bikes may ride both ways: the cars' way in grey, the way back in green. */
function contraflow(cars, bikes, halo) {
  return canvas(28, (pen) => {
    for (const [colour, path] of [[cars, "M4 10h19M19 6l4 4-4 4"], [bikes, "M24 18.5H5M9 14.5l-4 4 4 4"]]) {
      pen.strokeStyle = halo;
      pen.lineWidth = 5;
      pen.stroke(new Path2D(path));
      pen.strokeStyle = colour;
      pen.lineWidth = 2.4;
      pen.stroke(new Path2D(path));
    }
  });
}

function chevron(colour) {
  return canvas(16, (pen) => {
    pen.strokeStyle = colour;
    pen.lineWidth = 2.6;
    pen.stroke(new Path2D("M6 3.5l5 4.5-5 4.5"));
  });
}

function hazard(fill, ink) {
  return canvas(28, (pen) => {
    pen.fillStyle = fill;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    const diamond = new Path2D("M14 2.5 25.5 14 14 25.5 2.5 14z");
    pen.fill(diamond);
    pen.stroke(diamond);
    pen.lineWidth = 2.6;
    pen.stroke(new Path2D("M14 8.5v6M14 18.700v.1"));
  });
}

function dot(colour, halo) {
  return canvas(10, (pen) => {
    pen.fillStyle = colour;
    pen.strokeStyle = halo;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(5, 5, 2.6, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  });
}

/* palette: () => the palette in use, which may change with the style. */
export function provideImages(map, palette) {
  const drawings = {
    "arrow-oneway": () => arrow(palette().oneway, palette().name === "night" ? palette().street : "#ffffff"),
    "arrow-contraflow": () => contraflow(palette().oneway, palette().cycleway, palette().name === "night" ? palette().street : "#ffffff"),
    "arrow-run": () => chevron(palette().surface),
    "hazard": () => hazard(palette().hazard, palette().surface),
    "dot": () => dot(palette().poi, palette().halo),
  };
  map.setMissingStyleImageResolver(async (id) => {
    if (drawings[id] && !map.hasImage(id)) map.addImage(id, drawings[id](), { pixelRatio: RATIO });
  });
}
