// tests/server/browser.mjs: what the browser tests share: finding playwright-core and Chromium (exit 77 without them), running the
// server on a free port, and asking whether pixels are there.
// Each is run as: node TEST.mjs NODE_FOLDER IMBREX_SERVE MAKE_ARCHIVE OUT, NODE_FOLDER being where `./dev test --all` installs the
// npm packages, OUT where pictures go.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const CHROMIUM = '/usr/bin/chromium';
export const SKIPPED = 77;

export const [nodeFolder, program, makeArchive, out] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(nodeFolder, 'x.js'));

export const skip = (why) => {
  console.log(`skipped: ${why}`);
  process.exit(SKIPPED);
};

// The module, or exit 77.
export const need = (name) => {
  try {
    return require(name);
  } catch {
    return skip(`the npm package ${name} is not installed`);
  }
};

// A folder inside a package, or exit 77.
export const needFolder = (...parts) => {
  const path = join(nodeFolder, 'node_modules', ...parts);
  return existsSync(path) ? path : skip(`the npm package ${parts[0]} is not installed`);
};

export const launch = async () => {
  const { chromium } = need('playwright-core');
  mkdirSync(out, { recursive: true });
  if (!existsSync(CHROMIUM)) skip(`${CHROMIUM} is not there`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--no-first-run', '--enable-unsafe-swiftshader'],
  });
};

// Runs imbrex-serve on a free port; answers { url, stop }. stop() resolves to the exit status.
export const serve = (...args) => new Promise((done, reject) => {
  const child = spawn(program, ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ended = new Promise((exited) => { child.on('exit', (code, signal) => exited(code ?? signal)); });
  child.stdout.on('data', (data) => {
    said += data;
    const found = /^map\s+(\S+)$/m.exec(said);
    if (found) done({ url: found[1], stop: () => { child.kill('SIGTERM'); return ended; } });
  });
  ended.then((code) => reject(new Error(`${program} ended with ${code}`)));
});

// Makes an archive (see make_archive.c) in a folder.
export const archive = (folder, name, ...args) => {
  const path = join(folder, name);
  execFileSync(makeArchive, [path, ...args]);
  return path;
};

export const scratch = () => {
  const path = mkdtempSync(join(tmpdir(), 'imbrex-browser-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

// Everything that goes wrong on a page, or leaves the hosts that it may ask.
export const watch = (page, ...hosts) => {
  const faults = [];
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') faults.push(`console: ${m.text()}`); });
  page.on('pageerror', (e) => faults.push(`script: ${e.message}`));
  page.on('requestfailed', (r) => { if (!/ERR_ABORTED/.test(r.failure()?.errorText)) faults.push(`failed: ${r.url()}`); });
  page.on('request', (r) => {
    const { protocol, host: to } = new URL(r.url());
    if (/^https?:$/.test(protocol) && !hosts.includes(to)) faults.push(`went elsewhere: ${r.url()}`);
  });
  return faults;
};

// A picture's RGBA bytes, decoded by the browser, in another page: { width, data }.
const decode = async (browser, png, use, argument) => {
  const page = await browser.newPage();
  const result = await page.evaluate(async ([base64, body, value]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const ink = canvas.getContext('2d');
    ink.drawImage(image, 0, 0);
    return new Function('data', 'width', 'value', body)(ink.getImageData(0, 0, image.width, image.height).data, image.width, value);
  }, [png.toString('base64'), use, argument]);
  await page.close();
  return result;
};

// How many different colours a screenshot has, sampled.
export const colours = (browser, png) => decode(browser, png, `
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4 * 97) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return seen.size;`);

// The colours [r, g, b] at points [x, y].
export const pixels = (browser, png, points) => decode(browser, png, `
  return value.map(([x, y]) => [...data.slice(4 * (Math.round(y) * width + Math.round(x))).slice(0, 3)]);`, points);
