/* server/page/map.js: the map page. It reads index.json beside it and shows one layer at a time; its state (view, layer, opacity,
 * tile grid) stands in the address after '#'. Nothing is fetched from anywhere else. */
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const BASE_TILE_PX = 256; // Leaflet's zoom z is that of tiles of 256 px
  const OVERZOOM = 4, UNDERZOOM = 2;
  const REFERENCE = { // tile matrix sets that Leaflet can draw
    WebMercatorQuad: L.CRS.EPSG3857,
    WorldCRS84Quad: L.CRS.EPSG4326,
  };
  const KINDS = { png: 'PNG', jpg: 'JPEG', webp: 'WebP', mixed: 'PNG + JPEG' };

  let layers = [], current = null;
  let map = null, tiles = null, tileGrid = null, graticule = null;
  let quiet = false; // true while the page moves the map itself

  // ---- how a layer's tiles lie on Leaflet's zooms ----------------------------------------------------------------
  // On a screen of twice the pixels each tile is drawn at half its size, one zoom deeper: sharp where the archive goes that deep.
  const tiling = (layer) => {
    // A tile with a buffer of its neighbours keeps its size: what is drawn of it is its middle (map.css).
    const finer = window.devicePixelRatio > 1.25 && !layer.buffer ? 1 : 0;
    // tiles of other sizes than a power of two, and tiny ones, are stretched to the next that Leaflet can lay out
    const doublings = Math.round(Math.log2(Math.min(Math.max(layer.tileSize, 128), 4096) / BASE_TILE_PX));
    const offset = finer - doublings;
    return {
      tileSize: BASE_TILE_PX * 2 ** (doublings - finer),
      zoomOffset: offset,
      minNativeZoom: layer.minzoom - offset,
      maxNativeZoom: layer.maxzoom - offset,
      minZoom: Math.max(0, layer.minzoom - offset - UNDERZOOM),
      maxZoom: layer.maxzoom - offset + OVERZOOM,
      bounds: boundsOf(layer),
      noWrap: true,
    };
  };
  const boundsOf = ({ bounds: [west, south, east, north] }) => L.latLngBounds([[south, west], [north, east]]);

  // ---- what lies under and over the tiles ------------------------------------------------------------------------
  const Graticule = L.GridLayer.extend({
    options: { pane: 'graticule', className: 'graticule', tileSize: 512, updateWhenIdle: false },
    createTile(coords) {
      const size = this.getTileSize(), dense = window.devicePixelRatio || 1;
      const canvas = L.DomUtil.create('canvas');
      canvas.width = size.x * dense;
      canvas.height = size.y * dense;
      const crs = this._map.options.crs, z = coords.z, at = coords.scaleBy(size);
      const nw = crs.pointToLatLng(at, z), se = crs.pointToLatLng(at.add(size), z);
      const steps = [30, 15, 10, 5, 2, 1, .5, .2, .1, .05, .02, .01, .005, .002, .001];
      const step = steps.find((s) => s * 2 ** z * BASE_TILE_PX / 360 <= 190) || steps[steps.length - 1];
      const style = getComputedStyle(document.documentElement), ink = canvas.getContext('2d');
      ink.scale(dense, dense);
      const line = (lat, lng, across) => {
        const p = crs.latLngToPoint(L.latLng(lat, lng), z).subtract(at).round();
        const strong = (across ? lat : lng) === 0;
        ink.fillStyle = style.getPropertyValue(strong ? '--line-strong' : '--line');
        across ? ink.fillRect(0, p.y, size.x, 1) : ink.fillRect(p.x, 0, 1, size.y);
      };
      const last = (a, b) => Math.floor(Math.max(a, b) / step + 1e-9) * step;
      for (let i = Math.ceil(nw.lng / step - 1e-9); i * step <= last(nw.lng, se.lng) + 1e-9; i++) line(0, i * step, false);
      for (let i = Math.ceil(Math.max(se.lat, -90) / step - 1e-9); i * step <= Math.min(90, last(nw.lat, se.lat)) + 1e-9; i++) line(i * step, 0, true);
      return canvas;
    },
  });

  const TileGrid = L.GridLayer.extend({
    options: { pane: 'tile-grid', className: 'tile-grid' },
    createTile(coords) {
      const tile = L.DomUtil.create('div');
      L.DomUtil.create('span', '', tile).textContent = `${coords.z + this.options.zoomOffset}/${coords.x}/${coords.y}`;
      return tile;
    },
  });

  // ---- the map ----------------------------------------------------------------------------------------------------
  // Leaflet's reference system is fixed for a map's life: a layer of another one gets a new map.
  const mapFor = (crs, view) => {
    if (map && map.options.crs === crs) return;
    if (map) map.remove();
    map = L.map('map', { crs, zoomControl: false, worldCopyJump: true, attributionControl: false, minZoom: 0, zoomSnap: 1 });
    map.createPane('graticule').style.zIndex = 150;
    map.createPane('tile-grid').style.zIndex = 450;
    L.control.zoom({ position: 'topright' }).addTo(map);
    L.control.attribution({ prefix: false }).addTo(map);
    L.control.scale({ position: 'bottomright', imperial: false, maxWidth: 110 }).addTo(map);
    quiet = true;
    map.setView(view.center, view.zoom);
    quiet = false;
    graticule = new Graticule().addTo(map);
    tiles = tileGrid = null;
    map.on('mousemove', (e) => showPlace(e.latlng));
    map.on('move zoom mouseout', () => showPlace(map.getCenter()));
    map.on('moveend', writeAddress);
    showPlace(map.getCenter());
  };

  // The view that shows the whole layer; beside the panel where there is room for both at that zoom.
  const fitting = (layer) => {
    const crs = REFERENCE[layer.tileMatrixSet], bounds = boundsOf(layer), box = $('map').getBoundingClientRect(), t = tiling(layer);
    const corners = (zoom) => [crs.latLngToPoint(bounds.getNorthWest(), zoom), crs.latLngToPoint(bounds.getSouthEast(), zoom)];
    const fits = ([nw, se], width) => se.x - nw.x <= .94 * width && se.y - nw.y <= .94 * box.height;
    let zoom = t.maxNativeZoom;
    while (zoom > t.minZoom && !fits(corners(zoom), box.width)) zoom--;
    const [nw, se] = corners(zoom);
    const taken = $('panel').classList.contains('folded') ? 0 : $('panel').getBoundingClientRect().right;
    const shift = fits([nw, se], box.width - taken) ? taken / 2 : 0;
    return { center: crs.pointToLatLng(nw.add(se).divideBy(2).subtract([shift, 0]), zoom), zoom };
  };

  const show = (layer, view) => {
    current = layer;
    mapFor(REFERENCE[layer.tileMatrixSet], view || fitting(layer));
    if (tiles) tiles.remove();
    const options = tiling(layer);
    map.setMinZoom(options.minZoom);
    map.setMaxZoom(options.maxZoom);
    if (view) map.setView(view.center, view.zoom, { animate: false });
    // 204 instead of 404 for what the archive does not hold: the browser's console stays clean
    tiles = L.tileLayer(`${layer.path}?missing=204`, {
      ...options, className: layer.buffer ? 'buffered' : '', opacity: $('opacity').value / 100, attribution: safeText(layer.attribution),
    }).addTo(map);
    drawTileGrid();
    $('title').textContent = layers.length > 1 ? layer.title : 'imbrex';
    document.title = `${layer.title} · imbrex`;
    $('tilejson').href = `${layer.id}.json`;
    for (const input of document.querySelectorAll('#layers input')) input.checked = input.value === layer.id;
    writeAddress();
  };

  const drawTileGrid = () => {
    if (tileGrid) tileGrid.remove();
    tileGrid = $('grid').checked && map ? new TileGrid(tiling(current)).addTo(map) : null;
  };

  // ---- small things -----------------------------------------------------------------------------------------------
  // An attribution may hold links. It comes from an archive: of its markup only http(s) links are kept.
  const safeText = (html) => {
    const out = document.createElement('span');
    const copy = (from, to) => {
      for (const node of from.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) {
          to.append(node.data);
        } else if (node.nodeType === Node.ELEMENT_NODE && !/^(script|style|template)$/i.test(node.tagName)) {
          let into = to;
          if (node.tagName === 'A' && /^https?:\/\//i.test(node.getAttribute('href') || '')) {
            into = document.createElement('a');
            into.href = node.getAttribute('href');
            into.target = '_blank';
            into.rel = 'noopener noreferrer';
            to.append(into);
          }
          copy(node, into);
        }
      }
    };
    copy(new DOMParser().parseFromString(html || '', 'text/html').body, out);
    return out.innerHTML;
  };

  const degrees = (value, digits, positive, negative) => `${Math.abs(value).toFixed(digits)}° ${value < 0 ? negative : positive}`;
  const showPlace = (latlng) => {
    const digits = Math.max(1, Math.min(6, Math.round(map.getZoom() / 3)));
    const { lat, lng } = L.latLng(latlng.lat, L.Util.wrapNum(latlng.lng, [-180, 180], true));
    $('place').textContent = `${degrees(lat, digits, 'N', 'S')}  ${degrees(lng, digits, 'E', 'W')}`;
    $('zoom').textContent = `z ${map.getZoom()}`;
    $('readout').hidden = false;
  };

  const notice = (text, code) => {
    const p = $('notice');
    p.textContent = text;
    if (code) p.append(Object.assign(document.createElement('code'), { textContent: code }));
    p.hidden = false;
  };

  // ---- the address: #map=9/30.1234/118.5678&layer=land&opacity=60&grid=1 -----------------------------------------
  const readAddress = () => {
    const words = new URLSearchParams(location.hash.slice(1));
    const [zoom, lat, lng] = (words.get('map') || '').split('/').map(Number);
    const sound = [zoom, lat, lng].every(Number.isFinite) && Math.abs(lat) <= 90 && Math.abs(lng) <= 720 && zoom >= 0 && zoom <= 34;
    const opacity = Number(words.get('opacity') ?? 100);
    return {
      view: sound ? { center: L.latLng(lat, lng), zoom: Math.round(zoom) } : null,
      layer: words.get('layer'),
      opacity: opacity >= 0 && opacity <= 100 ? opacity : 100,
      grid: words.get('grid') === '1',
    };
  };

  const writeAddress = () => {
    if (quiet || !map || !current) return;
    const { lat, lng } = map.getCenter(), digits = Math.max(2, Math.min(7, Math.round(map.getZoom() / 3) + 2));
    let hash = `#map=${map.getZoom()}/${lat.toFixed(digits)}/${lng.toFixed(digits)}&layer=${encodeURIComponent(current.id)}`;
    if ($('opacity').value !== '100') hash += `&opacity=${$('opacity').value}`;
    if ($('grid').checked) hash += '&grid=1';
    if (hash !== location.hash) history.replaceState(null, '', hash);
  };

  const applyAddress = () => {
    const { view, layer, opacity, grid } = readAddress();
    const usable = layers.filter((l) => l.usable);
    const wanted = usable.find((l) => l.id === layer) || current || usable[0];
    setOpacity(opacity);
    $('grid').checked = grid;
    if (wanted) show(wanted, view);
  };

  const setOpacity = (percent) => {
    $('opacity').value = percent;
    $('opacity-value').textContent = `${percent}%`;
    if (tiles) tiles.setOpacity(percent / 100);
  };

  // ---- the panel --------------------------------------------------------------------------------------------------
  const listLayers = () => {
    for (const layer of layers) {
      const label = document.createElement('label'), input = document.createElement('input');
      label.className = layer.usable ? 'layer' : 'layer unfit';
      Object.assign(input, { type: 'radio', name: 'layer', value: layer.id, disabled: !layer.usable });
      input.addEventListener('change', () => show(layer, keepView(layer)));
      const name = Object.assign(document.createElement('b'), { textContent: layer.title, title: layer.description || layer.title });
      const zooms = layer.minzoom === layer.maxzoom ? `zoom ${layer.maxzoom}` : `zoom ${layer.minzoom}–${layer.maxzoom}`;
      const facts = [zooms, KINDS[layer.format] || layer.format];
      if (layer.tileMatrixSet !== 'WebMercatorQuad') facts.push(layer.tileMatrixSet);
      if (!layer.usable) facts.push('not shown here');
      label.append(input, name, Object.assign(document.createElement('small'), { textContent: facts.join(' · ') }));
      $('layers').append(label);
    }
    $('layers').hidden = layers.length === 0;
    $('tools').hidden = !layers.some((l) => l.usable);
  };

  // Where the other layer lies in view, the view stays.
  const keepView = (layer) => {
    if (!map || map.options.crs !== REFERENCE[layer.tileMatrixSet] || !map.getBounds().intersects(boundsOf(layer))) return fitting(layer);
    const { minZoom, maxZoom } = tiling(layer);
    return map.getZoom() >= minZoom && map.getZoom() <= maxZoom ? null : fitting(layer);
  };

  const copyUrl = async () => {
    const url = new URL(current.path, document.baseURI).href.replace(/%7B/g, '{').replace(/%7D/g, '}').replace(/@[^/]*/, '');
    const button = $('copy');
    try {
      await navigator.clipboard.writeText(url);
      button.textContent = 'Copied';
    } catch (e) { // the clipboard is for secure pages alone
      window.prompt('Tile URL', url);
    }
    setTimeout(() => { button.textContent = 'Copy URL'; }, 1500);
  };

  const fold = (folded) => {
    $('panel').classList.toggle('folded', folded);
    $('fold').setAttribute('aria-expanded', String(!folded));
  };

  const listen = () => {
    $('opacity').addEventListener('input', (e) => setOpacity(e.target.value));
    $('opacity').addEventListener('change', writeAddress);
    $('grid').addEventListener('change', () => { drawTileGrid(); writeAddress(); });
    $('fit').addEventListener('click', () => { const v = fitting(current); map.setView(v.center, v.zoom); });
    $('copy').addEventListener('click', copyUrl);
    $('fold').addEventListener('click', () => fold(!$('panel').classList.contains('folded')));
    window.addEventListener('hashchange', applyAddress);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => graticule && graticule.redraw());
    document.addEventListener('keydown', (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || !current) return;
      if (e.key === 'g') $('grid').click();
      if (e.key === 'f') $('fit').click();
    });
  };

  const start = async () => {
    fold(window.matchMedia('(max-width: 560px)').matches);
    try {
      const answer = await fetch('index.json');
      if (!answer.ok) throw new Error(answer.statusText);
      layers = (await answer.json()).layers;
    } catch (e) {
      fold(false);
      notice('The list of layers could not be fetched. Is the server still running?');
      return;
    }
    for (const layer of layers) {
      layer.usable = layer.tileMatrixSet in REFERENCE;
      const shared = layers.filter((l) => l.name === layer.name).length > 1;
      layer.title = shared && layer.name !== layer.id ? `${layer.name} (${layer.id})` : layer.name;
    }
    if (!layers.length) {
      fold(false);
      notice('The server is running and has no layers yet. Start it with an archive:', 'imbrex serve mosaic.pmtiles');
      mapFor(L.CRS.EPSG3857, { center: [20, 0], zoom: 2 });
      return;
    }
    listLayers();
    listen();
    applyAddress();
  };
  start();
})();
