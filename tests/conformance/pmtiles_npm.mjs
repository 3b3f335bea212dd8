// tests/conformance/pmtiles_npm.mjs: the reference reader of PMTiles (npm `pmtiles`) against ours.
//   node pmtiles_npm.mjs NODE_FOLDER LISTING_TOOL ARCHIVE [--make]
// Every tile of our listing must come out of the archive with the same size and CRC-32, and no others: the tiles are counted
// in the header, and asked for where there are none. Exit status 77 (skipped) where the package is not installed.
import { execFileSync } from "node:child_process";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, tool, archive, make] = process.argv.slice(2);
let pmtiles;
try {
  const entry = createRequire(join(resolve(folder), "here.js")).resolve("pmtiles");
  pmtiles = await import(pathToFileURL(entry));
} catch (error) {
  console.log(`skipped: npm package pmtiles is not in ${folder} (${error.code ?? error})`);
  process.exit(77);
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});
const crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
};

class FileSource {
  constructor(handle) {
    this.handle = handle;
  }
  getKey() {
    return archive;
  }
  async getBytes(offset, length) {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(length), 0, length, offset);
    return { data: new Uint8Array(buffer.subarray(0, bytesRead)).buffer };
  }
}

let faults = 0;
const fault = (text) => {
  if (faults++ < 10) console.log(text);
};

const lines = execFileSync(tool, make ? [make, archive] : [archive], { encoding: "utf8", maxBuffer: 2 ** 30 });
const tiles = lines.trim().split("\n").map((line) => line.split(" "));
const handle = await open(archive);
const reader = new pmtiles.PMTiles(new FileSource(handle));
const header = await reader.getHeader();
const metadata = await reader.getMetadata();

const types = new Set(tiles.map((tile) => Number(tile[3])));
if (header.numAddressedTiles !== tiles.length) fault(`header: ${header.numAddressedTiles} tiles, listed: ${tiles.length}`);
if (header.tileType !== (types.size > 1 ? 0 : [...types][0])) fault(`header: tile type ${header.tileType}`);
if (!header.clustered) fault("header: not clustered");
if (!metadata?.imbrex?.engine) fault("metadata: no imbrex.engine");
if (metadata?.imbrex?.etags?.count !== header.numTileContents) fault("metadata: ETags are not one for each content");

const present = new Set();
for (const [z, x, y, , size, crc] of tiles) {
  present.add(`${z}/${x}/${y}`);
  const tile = await reader.getZxy(Number(z), Number(x), Number(y));
  const bytes = tile && new Uint8Array(tile.data);
  if (!bytes) fault(`${z}/${x}/${y}: not found`);
  else if (bytes.length !== Number(size) || crc32(bytes) !== crc) fault(`${z}/${x}/${y}: other bytes`);
}
for (let z = 0; z <= Math.min(header.maxZoom + 1, 20); z++) {
  for (let i = 0; i < 50; i++) {
    const side = 2 ** z, x = (i * 7919) % side, y = (i * 104729) % side;
    if (!present.has(`${z}/${x}/${y}`) && (await reader.getZxy(z, x, y))) fault(`${z}/${x}/${y}: found, not listed`);
  }
}
await handle.close();
console.log(`${tiles.length} tiles, ${header.numTileContents} contents, ${faults} faults`);
process.exit(faults ? 1 : 0);
