/* Web push: ask the browser, tell the server, and send a trial message so that the rider knows it works; and the way back. */

import { call } from "./net.js";

function canPush() { return "PushManager" in window && "Notification" in window; }

export async function isPushOn() { return Boolean(await subscribed()); }

async function subscribed() {
  if (!canPush() || Notification.permission !== "granted") return null;
  const registration = await navigator.serviceWorker.ready;
  return registration.pushManager.getSubscription();
}

/* "on", "denied" or "unavailable". */
export async function turnPushOn() {
  if (!canPush()) return "unavailable";
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  await renewPush();
  await call("/push/test", { method: "POST", body: {} });
  return "on";
}

/* Where the browser allows it already. */
export async function renewPush() {
  if (!canPush() || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.ready;
  const { public_key } = await call("/push/key");
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key });
  const { endpoint, keys } = subscription.toJSON();
  await call("/push", { method: "POST", body: { endpoint, keys } });
}

/* The server first; one that does not hear of it is told by the push service later on. */
export async function turnPushOff() {
  const subscription = await subscribed();
  if (!subscription) return "off";
  await call("/push", { method: "DELETE", body: { endpoint: subscription.endpoint } }).catch(() => {});
  await subscription.unsubscribe();
  return "off";
}
