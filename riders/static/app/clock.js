/* The co-op's time on this phone: the server's clock as last heard, running on by the phone's own (and at the speed of a
   rehearsal). So a phone whose clock is an hour off still says when things happened. */

let anchor = { server_ms: Date.now(), phone_ms: Date.now(), speed: 1, timezone: undefined };

export function setClock({ server_time, clock_speed, timezone }) {
  anchor = { server_ms: Date.parse(server_time), phone_ms: Date.now(), speed: clock_speed ?? anchor.speed, timezone: timezone ?? anchor.timezone };
  return anchor;
}

export function restoreClock(saved) { if (saved) anchor = saved; }

export function now() { return new Date(anchor.server_ms + (Date.now() - anchor.phone_ms) * anchor.speed); }

/* Co-op seconds since a moment. */
export function since(iso) { return Math.max(0, (now().getTime() - Date.parse(iso)) / 1000); }

/* How long the phone's own clock takes for so much of the co-op's time. */
export function realTime(ms) { return ms / anchor.speed; }

export function timeOfDay(iso) {
  const language = document.documentElement.lang;
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: anchor.timezone }).format(new Date(iso));
}

export function dayAndTime(iso) {
  const language = document.documentElement.lang;
  return new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: anchor.timezone }).format(new Date(iso));
}
