/* On the page that follows signing out, from whichever page of ours: nothing about people stays on this phone. */

import { forgetPage } from "./shell.js";
import { forgetAll } from "./store.js";

await forgetPage({ and_load: false });
await forgetAll();
document.documentElement.dataset.left = "true";
