/* Runs in MapLibre's worker: tiles are read out of the archive where they are parsed, without waiting for a page that
   is busy drawing. Only names of files from the vendor folder: there is no import map here. */
import { Protocol } from "/static/vendor/pmtiles.js";

self.addProtocol("pmtiles", new Protocol().tile);
