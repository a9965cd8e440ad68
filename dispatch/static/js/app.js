/* Registers every shared behaviour by name. Pages with behaviours of their own import
   { application } from here and register them in a module of theirs. Import paths never carry a query string:
   a module with another address would be another application. */

import { application } from "/static/js/application.js";
import AutocompleteController from "/static/js/controllers/autocomplete_controller.js";
import ConfirmController from "/static/js/controllers/confirm_controller.js";
import CopyController from "/static/js/controllers/copy_controller.js";
import DialogController from "/static/js/controllers/dialog_controller.js";
import FragmentController from "/static/js/controllers/fragment_controller.js";
import HelpController from "/static/js/controllers/help_controller.js";
import LiveController from "/static/js/controllers/live_controller.js";
import MenuController from "/static/js/controllers/menu_controller.js";
import PinController from "/static/js/controllers/pin_controller.js";
import RelativeTimeController from "/static/js/controllers/relative_time_controller.js";
import SheetController from "/static/js/controllers/sheet_controller.js";
import ThemeController from "/static/js/controllers/theme_controller.js";
import ToastController from "/static/js/controllers/toast_controller.js";

export { application };

application.register("autocomplete", AutocompleteController);
application.register("confirm", ConfirmController);
application.register("copy", CopyController);
application.register("dialog", DialogController);
application.register("fragment", FragmentController);
application.register("help", HelpController);
application.register("live", LiveController);
application.register("menu", MenuController);
application.register("pin", PinController);
application.register("relative-time", RelativeTimeController);
application.register("sheet", SheetController);
application.register("theme", ThemeController);
application.register("toast", ToastController);

/* On a phone the tab one is on may lie beyond the edge. */
for (const tab of document.querySelectorAll(".tabs > [aria-current]")) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.clientWidth) / 2;
