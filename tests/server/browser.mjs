// tests/server/browser.mjs: what the browser tests share: finding playwright-core and Chromium (exit 77 without them), running the
// server on a free port, and asking whether pixels are there.
// NODE_MODULES: the folder that `./dev test --all` installs the npm packages into.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CHROMIUM = '/usr/bin/chromium';
export const SKIPPED = 77;

export const modules = process.env.NODE_MODULES || '';
const require = createRequire(join(modules, 'x.js'));

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

// The file inside a package, or exit 77.
export const needFile = (...parts) => {
  const path = join(modules, ...parts);
  return existsSync(path) ? path : skip(`${parts[0]} is not installed`);
};

export const launch = async () => {
  const { chromium } = need('playwright-core');
  if (!existsSync(CHROMIUM)) skip(`${CHROMIUM} is not there`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--no-first-run', '--enable-unsafe-swiftshader'],
  });
};

// Runs imbrex-serve on a free port; answers { url, stop }. stop() resolves to the exit status.
export const serve = (program, ...args) => new Promise((resolve, reject) => {
  const child = spawn(program, ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ended = new Promise((done) => { child.on('exit', (code, signal) => done(code ?? signal)); });
  child.stdout.on('data', (data) => {
    said += data;
    const found = /^map\s+(\S+)$/m.exec(said);
    if (found) resolve({ url: found[1], stop: () => { child.kill('SIGTERM'); return ended; } });
  });
  ended.then((code) => reject(new Error(`${program} ended with ${code}`)));
});

export const scratch = () => {
  const path = mkdtempSync(join(tmpdir(), 'imbrex-browser-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

// Everything that goes wrong on a page, or leaves its host.
export const watch = (page, host) => {
  const faults = [];
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') faults.push(`console: ${m.text()}`); });
  page.on('pageerror', (e) => faults.push(`script: ${e.message}`));
  page.on('requestfailed', (r) => { if (!/ERR_ABORTED/.test(r.failure()?.errorText)) faults.push(`failed: ${r.url()}`); });
  page.on('request', (r) => {
    const { protocol, host: to } = new URL(r.url());
    if (/^https?:$/.test(protocol) && to !== host) faults.push(`went elsewhere: ${r.url()}`);
  });
  return faults;
};

// How many different colours a screenshot's clip has, sampled (drawn by the browser itself into a canvas of another page).
export const colours = async (browser, png) => {
  const page = await browser.newPage();
  const count = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const ink = canvas.getContext('2d');
    ink.drawImage(image, 0, 0);
    const { data } = ink.getImageData(0, 0, image.width, image.height), seen = new Set();
    for (let i = 0; i < data.length; i += 4 * 97) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
  }, png.toString('base64'));
  await page.close();
  return count;
};
