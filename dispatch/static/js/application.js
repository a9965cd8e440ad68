/* Stimulus, started once for whatever is on a page. The phone, which loads few behaviours, imports this and not app.js. */

import { Application } from "/static/vendor/stimulus.js";

export const application = Application.start();
