/* The page that the service worker keeps: told of a newer one, thrown away when it is somebody else's. */

import { toast } from "/static/js/controllers/toast_controller.js";
import { word } from "./words.js";

const PAGE = "/app";
const LOOK_FOR_NEWER_MS = 3600000;

/* The page on the screen came from the phone and is an older one, in another language perhaps: load the newer one, unless
   the rider has begun to use it; then it is there the next time. */
export function renewUntouched() {
  let is_touched = false;
  window.addEventListener("pointerdown", () => { is_touched = true; }, { once: true, capture: true });
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data?.page === "changed" && !is_touched) window.location.reload(); });
}

/* Keeps the page for dead zones. A new version is offered, and taken when the rider says so; unsent work is on disk. */
export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/app/sw.js", { scope: PAGE }).catch(() => null);
  if (!registration) return; // the browser keeps nothing of us
  const offer = (worker) => {
    if (!worker || !navigator.serviceWorker.controller) return;
    toast(word("new_version"), { action: { label: word("load_it"), run: () => worker.postMessage("take-over") } });
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh.addEventListener("statechange", () => { if (fresh.state === "installed") offer(fresh); });
  });
  setInterval(() => registration.update().catch(() => {}), LOOK_FOR_NEWER_MS);
  let is_first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!is_first) window.location.reload();
    is_first = false;
  });
}

/* The next look at the page asks the server. */
export async function forgetPage({ and_load = true } = {}) {
  const names = (await window.caches?.keys()) ?? [];
  for (const name of names.filter((each) => each.startsWith("shell-"))) await (await caches.open(name)).delete(PAGE);
  if (and_load) window.location.reload();
}
