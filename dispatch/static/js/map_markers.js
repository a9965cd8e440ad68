/* Riders and pins as HTML on the map, so that they can be reached by keyboard and read aloud. Styles: css/map.css. */

import { icon } from "/static/js/icon.js";
import { text } from "/static/js/text.js";

export function riderElement(pressed) {
  const element = document.createElement("button");
  element.type = "button";
  const beak = document.createElement("span");
  beak.className = "map-rider-beak";
  const initials = document.createElement("span");
  initials.className = "map-rider-initials";
  element.append(beak, initials);
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    pressed();
  });
  return element;
}

export function updateRider(element, { name = "", initials = "", colour, heading = null, is_stale = false }) {
  const placed = [...element.classList].filter((word) => word.startsWith("maplibregl-"));
  element.className = ["map-rider", colour ? `run-${((colour - 1) % 10) + 1}` : "", is_stale ? "is-stale" : "", ...placed].join(" ").trim();
  const [beak, label] = element.children;
  beak.hidden = heading === null;
  beak.style.rotate = `${heading ?? 0}deg`;
  label.textContent = initials || name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();
  element.setAttribute("aria-label", text("rider", { name, initials: label.textContent }));
  element.title = name;
}

export function pinElement() {
  const element = document.createElement("div");
  element.className = "map-pin";
  element.append(icon("pin"));
  return element;
}
