/* Starts the phone page: its controllers, the promise of the browser to keep our store, and, once the stop is on the screen,
   the service worker, which must not take the slow network away from it. */

import { application } from "/static/js/application.js";
import MenuController from "/static/js/controllers/menu_controller.js";
import ThemeController from "/static/js/controllers/theme_controller.js";
import ToastController from "/static/js/controllers/toast_controller.js";
import AccountController from "./account_controller.js";
import { allowSoundFromFirstTap } from "./alerts.js";
import BreakController from "./break_controller.js";
import { layOutForHand } from "./hand.js";
import PhoneController from "./phone_controller.js";
import PlaceController from "./place_controller.js";
import { keepShell, renewUntouched } from "./shell.js";
import TroubleController from "./trouble_controller.js";
import WorkController from "./work_controller.js";

layOutForHand();
renewUntouched();
allowSoundFromFirstTap();
window.addEventListener("phone:ready", ({ detail: { outbox } }) => { keepShell(outbox); navigator.storage?.persist?.().catch(() => {}); }, { once: true });
document.documentElement.addEventListener("theme:changed", () => navigator.serviceWorker?.controller?.postMessage("renew"));
application.register("menu", MenuController);
application.register("theme", ThemeController);
application.register("toast", ToastController);
application.register("break", BreakController);
application.register("work", WorkController);
application.register("place", PlaceController);
application.register("trouble", TroubleController);
application.register("account", AccountController);
application.register("phone", PhoneController);
