/* Web push: ask the browser, tell the server, and send a trial message so that the rider knows it works. */

import { call } from "./net.js";

export function canPush() { return "PushManager" in window && "Notification" in window; }

export async function isPushOn() {
  if (!canPush() || Notification.permission !== "granted") return false;
  const registration = await navigator.serviceWorker.ready;
  return Boolean(await registration.pushManager.getSubscription());
}

/* "on", "denied" or "unavailable". */
export async function turnPushOn() {
  if (!canPush()) return "unavailable";
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const registration = await navigator.serviceWorker.ready;
  const { public_key } = await call("/push/key");
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key });
  const { endpoint, keys } = subscription.toJSON();
  await call("/push", { method: "POST", body: { endpoint, keys } });
  await call("/push/test", { method: "POST", body: {} });
  return "on";
}
