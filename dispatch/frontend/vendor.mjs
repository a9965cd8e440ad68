/* Copies the browser libraries that vendor.json lists from node_modules to ../static/vendor/. Run by `npm run vendor`.
   `replace` turns an import by package name, which a browser without a bundler cannot resolve, into an address. */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "..", "static", "vendor");
const files = JSON.parse(await readFile(join(here, "vendor.json"), "utf8"));

await rm(vendor, { recursive: true, force: true });
for (const { from, to, replace = {}, binary = false } of files) {
  const target = join(vendor, to);
  await mkdir(dirname(target), { recursive: true });
  const source = join(here, "node_modules", from);
  if (binary) {
    await writeFile(target, await readFile(source));
    continue;
  }
  let content = (await readFile(source, "utf8")).replace(/^\/[/*]# sourceMappingURL=.*$/gm, "");
  for (const [old, fresh] of Object.entries(replace)) {
    if (!content.includes(old)) throw new Error(`vendor.json: ${from} no longer contains ${old}`);
    content = content.replaceAll(old, fresh);
  }
  await writeFile(target, content);
}
console.log(`${files.length} files in static/vendor/`);
