/* Joins the modules of a page that bundle.json lists into one small file in ../static/bundled/. Run by `npm run bundle`.
   Beside it lies which files went into it, and the hash of each: the server sends the bundle only while those are what lies
   on the disk (dispatch/core/bundles.py). What a page loads only when needed (`import("/static/…")`: the map, the reader of
   barcodes) stays outside under its own address. */

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const bundled = join(here, "..", "static", "bundled");
const roots = { "/app/static/": join(here, "..", "..", "riders", "static", "app"), "/static/": join(here, "..", "static") };
const BROWSERS = ["chrome123", "firefox120", "safari17.5"]; // as the style sheets (decision 0050)

const addresses = {
  name: "addresses",
  setup(builder) {
    builder.onResolve({ filter: /^\/(app\/)?static\// }, ({ path, kind }) => {
      if (kind === "dynamic-import") return { path, external: true };
      return { path: fileOf(path) };
    });
  },
};

await rm(bundled, { recursive: true, force: true });
await mkdir(bundled, { recursive: true });
for (const { entry, to } of JSON.parse(await readFile(join(here, "bundle.json"), "utf8"))) {
  const { metafile } = await build({
    absWorkingDir: here, entryPoints: [fileOf(entry)], outfile: join(bundled, to), bundle: true, format: "esm", minify: true,
    charset: "utf8", target: BROWSERS, metafile: true, plugins: [addresses], logLevel: "warning",
  });
  const inputs = {};
  for (const path of Object.keys(metafile.inputs).sort()) {
    inputs[addressOf(join(here, path))] = createHash("sha256").update(await readFile(join(here, path))).digest("hex");
  }
  await writeFile(join(bundled, `${to}on`), JSON.stringify({ entry, inputs }, null, 1));
  console.log(`${Object.keys(inputs).length} modules in ${to}`);
}

function fileOf(address) {
  const prefix = Object.keys(roots).find((root) => address.startsWith(root));
  return join(roots[prefix], address.slice(prefix.length));
}

function addressOf(path) {
  const prefix = Object.keys(roots).find((root) => !relative(roots[root], path).startsWith(".."));
  return prefix + relative(roots[prefix], path);
}
