// tests/server/page.mjs: the map page in headless Chromium; screenshots are kept.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { archive, colours, launch, out, scratch, serve, watch } from './browser.mjs';

const browser = await launch();
const folder = scratch();
const server = await serve(archive(folder.path, 'island.pmtiles', 'WebMercatorQuad', '256', '4', 'auto'),
  `plate=${archive(folder.path, 'plate/', 'WorldCRS84Quad', '512', '2', 'webp')}`,
  `sharp=${archive(folder.path, 'sharp/', 'WebMercatorQuad', '512', '3', 'png')}`);
const host = new URL(server.url).host;

const openPage = async (options, hash = '') => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const faults = watch(page, host);
  await page.goto(server.url + hash);
  await settled(page);
  return { page, faults, close: () => context.close() };
};

// Tiles are drawn: some there, all loaded that are to come.
const settled = (page) => page.waitForFunction(() => {
  const tiles = [...document.querySelectorAll('.leaflet-tile-pane img.leaflet-tile')];
  return tiles.length && tiles.some((t) => t.naturalWidth > 0) && tiles.every((t) => t.complete);
}).then(() => page.waitForTimeout(400));

const drawn = (page) => page.$$eval('img.leaflet-tile', (tiles) => tiles.filter((t) => t.naturalWidth > 0).map((t) => ({
  path: new URL(t.src).pathname, natural: t.naturalWidth, shown: t.getBoundingClientRect().width })));

// The policy speaks up about the attribution's onerror=, which was never going to run.
const assertSound = (faults) => assert.deepEqual(faults.filter((f) => !/inline event handler/.test(f)), []);

const shoot = async (page, name) => page.screenshot({ path: join(out, `${name}.png`) });

try {
  { // the first layer, as it comes
    const { page, faults, close } = await openPage({});
    assert.equal(await page.title(), 'Island (island) · imbrex');
    assert.deepEqual(await page.$$eval('#layers input', (all) => all.map((i) => [i.value, i.checked])),
      [['island', true], ['plate', false], ['sharp', false]]);
    const tiles = await drawn(page);
    assert.ok(tiles.length >= 4);
    assert.ok(tiles.every((t) => t.natural === 256 && Math.abs(t.shown - 256) < 1));
    assert.ok(tiles.every((t) => /^\/island@5eed0001\/\d+\/\d+\/\d+\.png$/.test(t.path)));
    assert.ok(await colours(browser, await shoot(page, 'page')) > 100, 'the map is not blank');
    // markup of an attribution is text but for its links
    assert.equal(await page.$eval('.leaflet-control-attribution', (a) => a.innerHTML),
      '© <a href="https://example.org/" target="_blank" rel="noopener noreferrer">imbrex tests</a>');
    assert.match(page.url(), /#map=\d+\/[\d.-]+\/[\d.-]+&layer=island$/);

    // tile grid: its labels are the tiles' own names
    await page.keyboard.press('g');
    await page.waitForSelector('.tile-grid span');
    const labels = new Set(await page.$$eval('.tile-grid span', (all) => all.map((s) => s.textContent)));
    for (const { path } of tiles) assert.ok(labels.has(/(\d+\/\d+\/\d+)\.png$/.exec(path)[1]), path);
    await shoot(page, 'tile-grid');

    // opacity, by keyboard
    await page.focus('#opacity');
    for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowLeft');
    assert.equal(await page.$eval('.leaflet-tile-pane .leaflet-layer:last-child', (l) => l.style.opacity), '0.6');
    assert.match(page.url(), /&opacity=60&grid=1$/);

    // coordinates under the mouse
    await page.mouse.move(800, 400);
    await page.waitForFunction(() => /^\d+\.\d+° N {2}\d+\.\d+° E$/.test(document.getElementById('place').textContent));

    // another reference system, 512 px tiles
    await page.check('#layers input[value=plate]');
    await settled(page);
    assert.match(page.url(), /layer=plate/);
    const flat = await drawn(page);
    assert.ok(flat.length && flat.every((t) => t.natural === 512 && Math.abs(t.shown - 512) < 1), JSON.stringify(flat));
    assert.ok(flat.every((t) => t.path.startsWith('/plate@5eed0001/')));
    assert.ok(await colours(browser, await shoot(page, 'crs84')) > 100);
    assertSound(faults);
    await close();
  }
  { // a deep link, on a dark phone with twice the pixels
    const { page, faults, close } = await openPage(
      { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' },
      '#map=3/12/20&layer=island&opacity=90');
    const tiles = await drawn(page);
    assert.ok(tiles.every((t) => /\/4\/\d+\/\d+\.png$/.test(t.path) && Math.abs(t.shown - 128) < 1), 'sharp tiles');
    assert.equal(await page.$eval('#opacity', (o) => o.value), '90');
    assert.equal(await page.$eval('#fold', (f) => f.getAttribute('aria-expanded')), 'false');
    await shoot(page, 'phone');
    await page.tap('#fold');
    await shoot(page, 'phone-panel');
    assertSound(faults);
    await close();
  }
  { // 512 px tiles lie where 256 px ones do
    const { page, faults, close } = await openPage({}, '#map=4/12/20&layer=sharp');
    const tiles = await drawn(page);
    assert.ok(tiles.length && tiles.every((t) => /\/3\/\d+\/\d+\.png$/.test(t.path) && Math.abs(t.shown - 512) < 1));
    await shoot(page, 'sharp');
    assertSound(faults);
    await close();
  }
  assert.equal(await server.stop(), 0);
  console.log(`passed; screenshots in ${out}`);
} finally {
  await browser.close();
  await server.stop();
  folder.remove();
}
