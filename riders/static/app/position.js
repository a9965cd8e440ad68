/* Where the phone is: only in a shift, only while the page is open, only if the rider shares it. Works without. */

import { now } from "./clock.js";
import { call } from "./net.js";

const EVERY_MS = 15000;
let watch = null;
let told_ms = 0;
let last = null;

export function lastPlace() { return last ? { lon: last.lon, lat: last.lat } : {}; }

export function follow(is_wanted, moved) {
  if (!is_wanted || !navigator.geolocation) {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = last = null;
    return;
  }
  if (watch !== null) return;
  watch = navigator.geolocation.watchPosition((found) => {
    last = { lon: round(found.coords.longitude), lat: round(found.coords.latitude), accuracy_m: found.coords.accuracy };
    moved(last);
    if (document.visibilityState !== "visible" || Date.now() - told_ms < EVERY_MS) return;
    told_ms = Date.now();
    call("/position", { method: "POST", body: { ...last, at: now().toISOString() } }).catch(() => {});
  }, () => { last = null; }, { enableHighAccuracy: true, maximumAge: 10000, timeout: 30000 });
}

function round(degrees) { return Math.round(degrees * 1e6) / 1e6; }
