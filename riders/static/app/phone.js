/* Starts the phone page: its controller, the service worker, and the promise of the browser to keep our store. */

import { application } from "/static/js/application.js";
import MenuController from "/static/js/controllers/menu_controller.js";
import ToastController, { toast } from "/static/js/controllers/toast_controller.js";
import BreakController from "./break_controller.js";
import PhoneController from "./phone_controller.js";
import WorkController from "./work_controller.js";
import TroubleController from "./trouble_controller.js";
import { word } from "./words.js";

if (localStorage.getItem("hand") === "left") document.body.classList.add("left-handed");
application.register("menu", MenuController);
application.register("toast", ToastController);
application.register("break", BreakController);
application.register("work", WorkController);
application.register("trouble", TroubleController);
application.register("phone", PhoneController);
navigator.storage?.persist?.();

if ("serviceWorker" in navigator) {
  const registration = await navigator.serviceWorker.register("/app/sw.js", { scope: "/app" });
  const offer = (worker) => {
    if (!worker || !navigator.serviceWorker.controller) return;
    toast(word("new_version"), { action: { label: word("load_it"), run: () => worker.postMessage("take-over") } });
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh.addEventListener("statechange", () => { if (fresh.state === "installed") offer(fresh); });
  });
  let is_first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!is_first) window.location.reload();
    is_first = false;
  });
}
