/* The service worker's code; `self.SHELL` ({version, files, later, page}) is set by /app/sw.js before this is loaded.
   The page and its files come from the phone; map tiles are kept once seen; data always comes from the server. */

const SHELL_CACHE = `shell-${self.SHELL.version}`;
const TILE_CACHE = "tiles";
const TILES_KEPT = 1500;
const TILES_AT_ONCE = 4;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL_CACHE);
    await renew(cache);
    await cache.addAll(self.SHELL.files);
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== SHELL_CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

/* A new version waits until the rider wants it. */
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
  if (event.data === "renew") event.waitUntil(caches.open(SHELL_CACHE).then((cache) => renew(cache)));
  if (event.data?.tiles) event.waitUntil(Promise.all([keepTiles(event.data.tiles), keepLater()]));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname === self.SHELL.page) event.respondWith(page(event));
    return;
  }
  if (url.pathname.startsWith("/tiles/") && url.pathname.endsWith(".mvt")) event.respondWith(tile(event.request));
  else if (url.pathname.startsWith("/static/") || url.pathname.startsWith("/app/static/")) event.respondWith(file(event.request));
});

/* The page that is kept, at once. The newest is fetched behind it, and a page that is another one by now is told. */
async function page(event) {
  const cache = await caches.open(SHELL_CACHE);
  const kept = await cache.match(self.SHELL.page);
  event.waitUntil(renewBehind(cache, kept, event.resultingClientId));
  return kept ?? fetch(event.request);
}

async function renewBehind(cache, kept, client_id) {
  const fresh = await renew(cache).catch(() => null);
  if (!fresh || !kept || fresh.headers.get("Page-Key") === kept.headers.get("Page-Key")) return;
  const client = await self.clients.get(client_id);
  client?.postMessage({ page: "changed" });
}

/* Keeps the newest page, without the run that a first look brings along, and answers it. A page of another version is not
   kept: its files are not all here yet, and a page and its files belong together. */
async function renew(cache) {
  const fresh = await fetch(`${self.SHELL.page}?shell`, { credentials: "same-origin" });
  if (!isWhole(fresh)) return null;
  await keep(cache, self.SHELL.page, fresh);
  return fresh;
}

function isWhole(page) {
  return page.ok && !page.redirected && page.headers.get("Shell-Version") === self.SHELL.version;
}

async function file(request) {
  const cache = await caches.open(SHELL_CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await keep(cache, request, fresh);
  return fresh;
}

async function tile(request) {
  const cache = await caches.open(TILE_CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok && fresh.status === 200) await keep(cache, request, fresh);
  return fresh;
}

/* A phone without room still shows what it was sent. */
async function keep(cache, request, response) {
  await cache.put(request, response.clone()).catch(() => {});
}

async function keepTiles(addresses) {
  const cache = await caches.open(TILE_CACHE);
  const left = [...addresses];
  await Promise.all(Array.from({ length: TILES_AT_ONCE }, async () => {
    for (let address = left.shift(); address; address = left.shift()) {
      if (!(await cache.match(address))) await cache.add(address).catch(() => {});
    }
  }));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - TILES_KEPT)).map((key) => cache.delete(key)));
}

/* The map and the reader of codes: not for the first look, but there in the first basement. */
async function keepLater() {
  const cache = await caches.open(SHELL_CACHE);
  for (const address of self.SHELL.later) {
    if (!(await cache.match(address))) await cache.add(address).catch(() => {});
  }
}

self.addEventListener("push", (event) => {
  const message = event.data?.json() ?? {};
  const { title = "Paceline", body = "", tag = "run", navigate = "/app" } = message.notification ?? {};
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: "window" });
    for (const client of windows) client.postMessage({ push: message.kind });
    await self.registration.showNotification(title, { body, tag, renotify: true, icon: "/static/icons/icon-192.png", data: { navigate } });
  })());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: "window" });
    const open = windows.find((client) => new URL(client.url).pathname.startsWith("/app"));
    return open ? open.focus() : self.clients.openWindow(event.notification.data?.navigate ?? "/app");
  })());
});
