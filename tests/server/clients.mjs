// tests/server/clients.mjs: what others' clients make of an archive of two tile types (PMTiles type 0: JPEG where a tile is opaque,
// PNG where it is not): MapLibre and Leaflet, from the file itself through npm `pmtiles` (served as a static file, by Range), and
// from the server's XYZ URLs; and a directory of PNG tiles on a static host in Leaflet. Each must show both kinds in the right colours, and nothing where nothing is.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { archive, launch, need, needFolder, out, pixels, scratch, serve, watch } from './browser.mjs';

const FOLDERS = {
  '/maplibre/': needFolder('maplibre-gl', 'dist'),
  '/leaflet/': needFolder('leaflet', 'dist'),
  '/pmtiles/': needFolder('pmtiles', 'dist'),
};
need('playwright-core');
const TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };
const CENTRE = [40, 12], ZOOM = 4; // of tiles of 256 px
// make_archive's colours at places in a JPEG tile, in a PNG tile, and off the coast
const PLACES = [
  { name: 'hills', at: [10, 10], tile: '4/8/7', type: 'image/jpeg' },
  { name: 'coast', at: [55, 12], tile: '4/10/7', type: 'image/png' },
  { name: 'sea', at: [74, 12], tile: '4/11/7', type: null, colour: [255, 255, 255] },
];
for (const place of PLACES.filter((p) => p.type)) {
  const [dx, dy] = [place.at[0] - 20, place.at[1] - 12], r = Math.hypot(dx, dy);
  const height = 1 - r / (44 + 6 * dy * (3 * dx * dx - dy * dy) / (r ** 3 + 1));
  place.colour = [70 + 150 * height, 124 + 70 * height, 104 + 90 * height ** 2]; // + 0 or 6: the chequer
}

const page = (head, script) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}
<style>html,body,#map{height:100%;margin:0;background:#fff}</style><div id="map"></div><script type="module">${script}</script>`;

const maplibre = (source) => page('<link rel="stylesheet" href="/maplibre/maplibre-gl.css"><script src="/pmtiles/pmtiles.js"></script>', `
  import * as maplibregl from '/maplibre/maplibre-gl.mjs';
  maplibregl.addProtocol('pmtiles', new pmtiles.Protocol().tile);
  const map = new maplibregl.Map({ container: 'map', center: ${JSON.stringify(CENTRE)}, zoom: ${ZOOM - 1}, fadeDuration: 0, attributionControl: false,
    style: { version: 8, sources: { a: ${source} }, layers: [{ id: 'a', type: 'raster', source: 'a', paint: { 'raster-fade-duration': 0 } }] } });
  map.on('error', (e) => console.error('maplibre: ' + e.error?.message));
  map.once('idle', () => { window.where = (at) => { const p = map.project(at); return [p.x, p.y]; }; });`);

const leaflet = (head, layer) => page(`<link rel="stylesheet" href="/leaflet/leaflet.css"><script src="/leaflet/leaflet.js"></script>${head}`, `
  const map = L.map('map', { zoomControl: false, attributionControl: false, fadeAnimation: false }).setView([${CENTRE[1]}, ${CENTRE[0]}], ${ZOOM});
  const layer = ${layer};
  layer.on('load', () => { window.where = ([lng, lat]) => { const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }; });
  layer.addTo(map);`);

// A static file server: no types, no cleverness, ranges.
const statics = (files, pages) => new Promise((done) => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    const folder = Object.keys(FOLDERS).find((f) => pathname.startsWith(f));
    const headers = { 'Content-Type': TYPES[extname(pathname)] || 'application/octet-stream' };
    if (pages[pathname]) {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(pages[pathname]);
    } else if (folder) {
      response.writeHead(200, headers).end(readFileSync(join(FOLDERS[folder], pathname.slice(folder.length))));
    } else if (pathname.startsWith('/tiles/') && existsSync(join(tiles, pathname.slice(7)))) {
      response.writeHead(200, { 'Content-Type': 'image/png' }).end(readFileSync(join(tiles, pathname.slice(7))));
    } else if (files[pathname]) {
      const { size } = statSync(files[pathname]), range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range || '');
      const [start, end] = range ? [+range[1], Math.min(+range[2], size - 1)] : [0, size - 1];
      response.writeHead(range ? 206 : 200, { ...headers, 'Content-Length': end - start + 1,
        ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }) });
      createReadStream(files[pathname], { start, end }).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1', () => done({ host: `127.0.0.1:${server.address().port}`, close: () => server.close() }));
});

const browser = await launch();
const folder = scratch();
const island = archive(folder.path, 'island.pmtiles', 'WebMercatorQuad', '256', '4', 'auto');
const server = await serve('--missing', '204', island);
const host = new URL(server.url).host;

const tiles = archive(folder.path, 'tiles/', 'WebMercatorQuad', '256', '4', 'png');
const file = statics.bind(null, { '/island.pmtiles': island });
const web = await file({
  '/maplibre-file.html': maplibre("{ type: 'raster', url: `pmtiles://${location.origin}/island.pmtiles`, tileSize: 256 }"),
  '/maplibre-xyz.html': maplibre(`{ type: 'raster', tiles: ['${server.url}island/{z}/{x}/{y}.png'], tileSize: 256, maxzoom: 4 }`),
  '/maplibre-tilejson.html': maplibre(`{ type: 'raster', url: '${server.url}island.json' }`),
  '/leaflet-file.html': leaflet('<script src="/pmtiles/pmtiles.js"></script>',
    'pmtiles.leafletRasterLayer(new pmtiles.PMTiles(`${location.origin}/island.pmtiles`), { maxNativeZoom: 4 })'),
  '/leaflet-xyz.html': leaflet('', `L.tileLayer('${server.url}island/{z}/{x}/{y}.png', { maxNativeZoom: 4 })`),
  '/leaflet-directory.html': leaflet('', 'L.tileLayer(`${location.origin}/tiles/{z}/{x}/{y}.png`, { maxNativeZoom: 4 })'),
});

try {
  for (const { tile, type } of PLACES.filter((p) => p.type)) { // the places are in tiles of both kinds
    assert.equal((await fetch(`${server.url}island/${tile}.png`)).headers.get('content-type'), type, tile);
  }
  const verdicts = [];
  for (const name of ['maplibre-file', 'maplibre-xyz', 'maplibre-tilejson', 'leaflet-file', 'leaflet-xyz', 'leaflet-directory']) {
    const context = await browser.newContext({ viewport: { width: 900, height: 600 } });
    const tab = await context.newPage();
    const faults = watch(tab, web.host, host);
    await tab.goto(`http://${web.host}/${name}.html`);
    const ready = await tab.waitForFunction(() => window.where, null, { timeout: 20000 }).then(() => true, () => false);
    await tab.waitForTimeout(300);
    const shot = await tab.screenshot({ path: join(out, `${name}.png`) });
    const wrong = ready ? [] : ['never finished loading'];
    if (ready) {
      const points = await tab.evaluate((places) => places.map((p) => window.where(p.at)), PLACES);
      const seen = await pixels(browser, shot, points);
      PLACES.forEach(({ name: place, colour }, i) => {
        if (colour.some((c, k) => Math.abs(c - seen[i][k]) > 14)) wrong.push(`${place}: ${seen[i]} instead of ${colour.map(Math.round)}`);
      });
    }
    // a static directory has no tile for the open sea: 404, which the browser reports
    const expected = name === 'leaflet-directory' ? /GPU stall|GL Driver|404/ : /GPU stall|GL Driver/;
    wrong.push(...faults.filter((f) => !expected.test(f)));
    verdicts.push([name, wrong]);
    await context.close();
  }
  for (const [name, wrong] of verdicts) console.log(`${name}: ${wrong.length ? wrong.join('; ') : 'shows both types'}`);
  assert.deepEqual(verdicts.filter(([, wrong]) => wrong.length), []);
  assert.equal(await server.stop(), 0);
} finally {
  await browser.close();
  await server.stop();
  web.close();
  folder.remove();
}
