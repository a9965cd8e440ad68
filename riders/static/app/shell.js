/* The page that the service worker keeps: told of a newer one, thrown away when it is somebody else's. */

const PAGE = "/app";
const LOOK_FOR_NEWER_MS = 3600000;

/* The page on the screen came from the phone and is an older one, in another language perhaps: load the newer one, unless
   the rider has begun to use it; then it is there the next time. */
export function renewUntouched() {
  let is_touched = false;
  window.addEventListener("pointerdown", () => { is_touched = true; }, { once: true, capture: true });
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data?.page === "changed" && !is_touched) window.location.reload(); });
}

/* Keeps the page for dead zones. A newer version is offered for as long as it is there, but not while this page alone has something
   unsent; it is loaded by the page in which the rider says so. Others of the same phone go on and offer it, too. */
export async function keepShell(outbox) {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/app/sw.js", { scope: PAGE }).catch(() => null);
  if (!registration) return; // the browser keeps nothing of us
  const notice = new Newer(outbox);
  const offer = (worker) => {
    if (worker && navigator.serviceWorker.controller) notice.offer(() => worker.postMessage("take-over"));
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh.addEventListener("statechange", () => { if (fresh.state === "installed") offer(fresh); });
  });
  setInterval(() => registration.update().catch(() => {}), LOOK_FOR_NEWER_MS);
  let is_first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (notice.is_wanted) window.location.reload();
    else if (!is_first) notice.offer(() => window.location.reload());
    is_first = false;
  });
}

/* The notice that there is a newer version. */
class Newer {
  constructor(outbox) {
    this.outbox = outbox;
    this.element = document.getElementById("phone-newer");
    this.element.querySelector("button").addEventListener("click", () => {
      this.is_wanted = true;
      this.load();
    });
    outbox.addEventListener("changed", () => this.draw());
  }

  offer(load) {
    this.load = load;
    this.draw();
  }

  draw() { this.element.hidden = !this.load || this.outbox.items.some(({ is_unkept }) => is_unkept); }
}

/* The next look at the page asks the server. */
export async function forgetPage({ and_load = true } = {}) {
  const names = (await window.caches?.keys()) ?? [];
  for (const name of names.filter((each) => each.startsWith("shell-"))) await (await caches.open(name)).delete(PAGE);
  if (and_load) window.location.reload();
}
