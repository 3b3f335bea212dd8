#!/bin/bash
# tests/cli/warp.sh: `imbrex warp`: one GeoTIFF out of scenes. Its structure by GDAL's own validator, its pixels beside
# gdalwarp's, its bytes for any number of threads and any CPU.
. "$SOURCE/tests/cli/lib.sh"
make_scenes

# compare OURS GDALWARP-ARGUMENT...: the same raster by gdalwarp: same size, place, type; masks equal but at the outline,
# values within one unit (or 1e-3 of the range of floats) for 99.9 % of the pixels; overviews there.
compare() {
    checks=$((checks + 1))
    /usr/bin/python3 - "$@" <<'PYTHON' || fault "not as gdalwarp has it: $*"
import sys
import numpy as np
from osgeo import gdal
from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator
gdal.UseExceptions()
path, *arguments = sys.argv[1:]
warnings, errors, _ = validator.validate(path, full_check=True)
assert not errors, errors
assert not warnings, warnings
ours = gdal.Open(path)
g = ours.GetGeoTransform()
box = (g[0], g[3] + g[5] * ours.RasterYSize, g[0] + g[1] * ours.RasterXSize, g[3])
theirs = gdal.Warp("", arguments[1:], format="MEM", outputBounds=box, width=ours.RasterXSize, height=ours.RasterYSize,
                   dstSRS=ours.GetProjection(), resampleAlg=arguments[0], errorThreshold=0, overviewLevel="NONE", dstAlpha=True)
assert ours.RasterCount == theirs.RasterCount - 1, (ours.RasterCount, theirs.RasterCount)
away = None
for band in range(1, ours.RasterCount + 1):
    a, b = ours.GetRasterBand(band), theirs.GetRasterBand(band)
    assert a.DataType == b.DataType, (a.DataType, b.DataType)
    have, want = a.GetMaskBand().ReadAsArray() > 0, theirs.GetRasterBand(theirs.RasterCount).ReadAsArray() > 0
    x, y = a.ReadAsArray().astype(float), b.ReadAsArray().astype(float)
    assert (have != want).mean() < 0.01, (have != want).mean()
    both = have & want
    bound = 1 if a.DataType != gdal.GDT_Float32 else 1e-3 * np.ptp(y[both])
    assert (np.abs(x - y)[both] <= bound).mean() > 0.999, (band, (np.abs(x - y)[both] <= bound).mean())
    said = {k[11:]: float(v) for k, v in a.GetMetadata().items() if k.startswith("STATISTICS_")}
    there = x[have]
    truth = {"MINIMUM": there.min(), "MAXIMUM": there.max(), "MEAN": there.mean(), "STDDEV": there.std(),
             "VALID_PERCENT": 100 * have.mean()}
    assert said.keys() == truth.keys(), said
    assert all(abs(said[k] - truth[k]) <= 1e-9 * max(1, abs(truth["MAXIMUM"])) or k == "VALID_PERCENT" and
               abs(said[k] - truth[k]) <= 1e-4 for k in said), (said, truth)
    side = max(ours.RasterXSize, ours.RasterYSize)
    assert side <= 512 or a.GetOverviewCount() >= 1
    assert both.any()
PYTHON
}

# finer CRS FILE: a resolution that magnifies along both axes (where it minifies a little gdalwarp does not widen kernels)
finer() {
    "$imbrex" warp --quiet --overwrite --crs "$1" -r nearest "$2" probe.tif
    gdalinfo -json probe.tif | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["geoTransform"][1] * .8)'
}

expect 0 'out.tif: [0-9]+ x [0-9]+ px, 3 bands of u8' "$imbrex" warp --crs EPSG:4326 --res "$(finer EPSG:4326 "$scenes/right.tif")" "$scenes/right.tif" out.tif
compare out.tif bilinear "$scenes/right.tif"
expect 0 '' "$imbrex" warp -r cubic --res 20 --align "$scenes/left.tif" "$scenes/right.tif" two.tif
compare two.tif cubic "$scenes/left.tif" "$scenes/right.tif"
expect 0 '1 band of u16' "$imbrex" warp --crs EPSG:3857 -r nearest "$scenes/u16.tif" u16.tif
compare u16.tif near "$scenes/u16.tif"
expect 0 '' "$imbrex" warp --crs EPSG:3857 -r average "$scenes/mask.tif" mask.tif
compare mask.tif average "$scenes/mask.tif"

# Floats, with nodata and with NaN.
gdal_translate -q -ot Float32 -a_nodata -9999 -scale 0 255 -3.5 1200.25 "$scenes/gray.tif" f32.tif
expect 0 '1 band of f32' "$imbrex" warp --crs EPSG:3857 --res "$(finer EPSG:3857 f32.tif)" -r cubic f32.tif f32out.tif
compare f32out.tif cubic f32.tif
gdalinfo f32out.tif | grep -q 'NoData Value=-9999' || fault "the scenes' nodata value is not the output's"
expect 0 '' "$imbrex" warp --dst-nodata nan --crs EPSG:3857 f32.tif nan.tif
gdalinfo nan.tif | grep -q 'NoData Value=nan' || fault "no nodata of nan"
expect 0 '' "$imbrex" warp --dst-nodata none --crs EPSG:3857 f32.tif none.tif
gdalinfo none.tif | grep -q 'PER_DATASET' || fault "no mask"

# Scales and offsets go along; scenes that mean different things by their samples do not go together.
gdal_translate -q -a_scale 0.25 -a_offset -12.5 f32.tif scaled.tif
expect 0 '' "$imbrex" warp --crs EPSG:3857 scaled.tif scaledout.tif
gdalinfo scaledout.tif | grep -q 'Offset: -12.5,   Scale:0.25' || fault "scale and offset are lost"
expect 3 'f32.tif: band 1 means 1 \* sample \+ 0, in the first scene 0.25' "$imbrex" warp scaled.tif f32.tif bad.tif

# What the scenes say of their bands goes along: names, units, colours, and tables of colours where nothing mixes indexes.
/usr/bin/python3 - <<'PYTHON' || fault "no rasters with notes"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()

def make(path, kind, x, colours, *notes, photometric="MINISBLACK"):
    raster = gdal.GetDriverByName("GTiff").Create(path, 300, 200, len(notes), kind, [f"PHOTOMETRIC={photometric}"])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((x, 30, 0, 4400000, 0, -30))
    for number, (name, unit, colour) in enumerate(notes, 1):
        band = raster.GetRasterBand(number)
        if colours:
            table = gdal.ColorTable()
            for index, rgb in enumerate(colours):
                table.SetColorEntry(index, (*rgb, 255))
            band.SetColorTable(table)
        else:
            band.SetColorInterpretation(colour)
        band.SetDescription(name)
        band.SetUnitType(unit)
        band.WriteArray(np.add.outer(np.arange(200), np.arange(300)) // 9 % (len(colours) or 200))

colours = [(0, 0, 0), (250, 0, 9), (3, 77, 128), (255, 255, 255)]
make("classes.tif", gdal.GDT_Byte, 5e5, colours, ("class", "", None), photometric="PALETTE")
make("east.tif", gdal.GDT_Byte, 507e3, colours, ("class", "", None), photometric="PALETTE")
make("others.tif", gdal.GDT_Byte, 507e3, colours[::-1], ("class", "", None), photometric="PALETTE")
make("classes16.tif", gdal.GDT_UInt16, 5e5, colours * 99, ("class", "", None), photometric="PALETTE")
make("named.tif", gdal.GDT_UInt16, 5e5, (), ("a <&> \"\u00e9\"", "DN", gdal.GCI_BlueBand), ("", "", gdal.GCI_GreenBand),
     ("c", "m/s", gdal.GCI_RedBand), ("nir", "", gdal.GCI_Undefined))
make("rgb16.tif", gdal.GDT_UInt16, 5e5, (), ("", "", gdal.GCI_RedBand), ("", "", gdal.GCI_GreenBand),
     ("", "", gdal.GCI_BlueBand), ("d", "K", gdal.GCI_Undefined), photometric="RGB")
make("plain.tif", gdal.GDT_Byte, 5e5, (), *3 * [("", "", gdal.GCI_Undefined)])
PYTHON
# same_notes OURS SOURCE: valid, and says of its bands what the source does
same_notes() {
    checks=$((checks + 1))
    /usr/bin/python3 - "$@" <<'PYTHON' || fault "not the notes of its source: $*"
import sys
from osgeo import gdal
from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator
gdal.UseExceptions()
warnings, errors, _ = validator.validate(sys.argv[1], full_check=True)
assert not errors and not warnings, (errors, warnings)
def notes(raster):
    for number in range(1, raster.RasterCount + 1):
        band = raster.GetRasterBand(number)
        table = band.GetColorTable()
        yield (band.GetDescription(), band.GetUnitType(), band.GetColorInterpretation(),
               table and [table.GetColorEntry(i) for i in range(table.GetCount())])
ours, theirs = (list(notes(gdal.Open(path))) for path in sys.argv[1:])
assert ours == theirs, (ours, theirs)
PYTHON
}
for scene in named rgb16 plain classes classes16; do
    expect 0 '' "$imbrex" warp --crs EPSG:3857 -r nearest $scene.tif $scene.out.tif
    same_notes $scene.out.tif $scene.tif
done
expect 0 '' "$imbrex" warp --crs EPSG:3857 -r mode classes.tif east.tif both.tif
same_notes both.tif classes.tif
expect 0 'overviews +nearest' "$imbrex" warp --dry-run -r nearest classes.tif plan.tif
expect 0 'without its table of colours: the scenes have different ones' "$imbrex" warp -r nearest classes.tif others.tif two.out.tif
expect 0 'without its table of colours: this -r mixes' "$imbrex" warp classes.tif mixed.tif
expect 0 'without its table of colours: --overview-resample average' "$imbrex" warp -r mode --overview-resample average classes.tif average.tif
for without in two.out mixed average; do
    gdalinfo $without.tif | grep -q 'ColorInterp=Gray' || fault "$without.tif is not plain numbers"
done
expect 0 "rgb16.tif: band 1 is called '', in the first scene 'a" "$imbrex" warp named.tif rgb16.tif names.tif
same_notes names.tif named.tif

# Whole numbers of 32 bits and doubles stay what they are: identifiers of 4e9 and the like, whose digits no float has. What
# picks samples is held against gdalwarp on the same pattern in 8 bits (its own mode goes through floats); what averages
# them, against gdalwarp itself.
/usr/bin/python3 - <<'PYTHON' || fault "no exact rasters"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()

def make(path, kind, values):
    raster = gdal.GetDriverByName("GTiff").Create(path, 300, 200, 1, kind, ["TILED=YES", "COMPRESS=DEFLATE"])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((5e5, 30, 0, 44e5, 0, -30))
    raster.GetRasterBand(1).WriteArray(values)

pattern = np.random.default_rng(3).integers(0, 9, (200, 300))
make("pattern.tif", gdal.GDT_Byte, pattern.astype(np.uint8))
make("u32.tif", gdal.GDT_UInt32, (pattern + 4000000000).astype(np.uint32))
make("i32.tif", gdal.GDT_Int32, (pattern - 2000000001).astype(np.int32))
make("f64.tif", gdal.GDT_Float64, 123456.75 + pattern * 2.0 ** -30)
make("smooth.tif", gdal.GDT_Float64, np.add.outer(np.sin(np.arange(200) / 9), np.cos(np.arange(300) / 7)) * 1e-3 + 123456.789)
PYTHON
for method in nearest mode min max med; do
    for scene in pattern u32 i32 f64; do
        expect 0 '' "$imbrex" warp --crs EPSG:3857 --res 90 -r $method $scene.tif $scene.$method.tif
    done
done
for method in average bilinear; do
    expect 0 'of f64' "$imbrex" warp --crs EPSG:3857 --res 30 -r $method smooth.tif smooth.$method.tif
done
checks=$((checks + 1))
/usr/bin/python3 - <<'PYTHON' || fault "32-bit integers or doubles are not exact"
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
for method in ("nearest", "mode", "min", "max", "med"):
    first = gdal.Open(f"pattern.{method}.tif")
    there = first.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    pattern = first.ReadAsArray().astype(float)[there]
    for name, kind, base, step in (("u32", gdal.GDT_UInt32, 4e9, 1), ("i32", gdal.GDT_Int32, -2000000001, 1),
                                   ("f64", gdal.GDT_Float64, 123456.75, 2.0 ** -30)):
        raster = gdal.Open(f"{name}.{method}.tif")
        band = raster.GetRasterBand(1)
        assert band.DataType == kind, (name, method)
        assert ((band.GetMaskBand().ReadAsArray() > 0) == there).all(), (name, method)
        assert (raster.ReadAsArray().astype(float)[there] == base + pattern * step).all(), (name, method)
        assert float(band.GetMetadataItem("STATISTICS_MAXIMUM")) == float("%.15g" % (base + pattern.max() * step))
for method in ("average", "bilinear"):
    ours = gdal.Open(f"smooth.{method}.tif")
    g = ours.GetGeoTransform()
    box = (g[0], g[3] + g[5] * ours.RasterYSize, g[0] + g[1] * ours.RasterXSize, g[3])
    theirs = gdal.Warp("", "smooth.tif", format="MEM", outputBounds=box, width=ours.RasterXSize, height=ours.RasterYSize,
                       dstSRS="EPSG:3857", resampleAlg=method, errorThreshold=0, dstAlpha=True)
    both = (ours.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0) & (theirs.GetRasterBand(2).ReadAsArray() > 0)
    away = np.abs(ours.ReadAsArray() / theirs.GetRasterBand(1).ReadAsArray() - 1)[both]
    # positions in 2^-16 px are all that is left, on slopes of 1e-9 of the value a pixel
    assert away.max() < 1e-11, (method, away.max())
PYTHON
# Sums of them: exact where four pixels become one, and the total is kept wherever they go.
/usr/bin/python3 - <<'PYTHON' || fault "no rasters to sum"
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
noise = np.random.default_rng(4)
for name, kind, values in (("u32", gdal.GDT_UInt32, noise.integers(0, 2 ** 30, (200, 300)).astype(np.uint32)),
                           ("i32", gdal.GDT_Int32, noise.integers(-2 ** 29, 2 ** 29, (200, 300)).astype(np.int32)),
                           ("f64", gdal.GDT_Float64, noise.integers(0, 2 ** 50, (200, 300)) * 2.0 ** -20)):
    raster = gdal.GetDriverByName("GTiff").CreateCopy(f"counts_{name}.tif", gdal.Open(f"{name}.tif"))
    raster.GetRasterBand(1).WriteArray(values)
PYTHON
for scene in u32 i32 f64; do
    expect 0 '' "$imbrex" warp -r sum --res 60 counts_$scene.tif fours_$scene.tif
    expect 0 '' "$imbrex" warp -r sum --crs EPSG:3857 counts_$scene.tif moved_$scene.tif
done
checks=$((checks + 1))
/usr/bin/python3 - <<'PYTHON' || fault "sums of 32-bit integers or doubles are not exact"
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
for name in "u32", "i32", "f64":
    counts = gdal.Open(f"counts_{name}.tif")
    values = counts.ReadAsArray().astype(float)
    fours, moved = gdal.Open(f"fours_{name}.tif"), gdal.Open(f"moved_{name}.tif")
    assert fours.GetRasterBand(1).DataType == moved.GetRasterBand(1).DataType == counts.GetRasterBand(1).DataType
    want = values[0::2, 0::2] + values[0::2, 1::2] + values[1::2, 0::2] + values[1::2, 1::2]
    assert (fours.ReadAsArray() == want).all(), name
    here = moved.GetRasterBand(1)
    total = here.ReadAsArray().astype(float)[here.GetMaskBand().ReadAsArray() > 0].sum()
    assert abs(total - values.sum()) <= 1e-9 * np.abs(values).sum(), (name, total, values.sum())
PYTHON

# With --alpha no, alpha of data is validity: where it is not 0. It is said, and the output has a mask instead.
/usr/bin/python3 - "$scenes" <<'PYTHON' || fault "no raster with alpha"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()

def make(path, width, height, corner, pixel, *bands):
    raster = gdal.GetDriverByName("GTiff").Create(path, width, height, len(bands), gdal.GDT_UInt16, ["ALPHA=YES"] * (len(bands) > 1))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((corner[0], pixel, 0, corner[1], 0, -pixel))
    for number, values in enumerate(bands, 1):
        raster.GetRasterBand(number).WriteArray(values.astype(np.uint16))

ramp = np.add.outer(np.arange(200), np.arange(300))
make("alpha16.tif", 300, 200, (5e5, 44e5), 30, ramp + 100, np.where(ramp % 7 < 3, 0, ramp * 50))
make("tiny.tif", 10, 10, (500100, 4399990), 1, np.arange(100).reshape(10, 10))
PYTHON
expect 0 'alpha16.tif: its alpha band becomes validity' "$imbrex" warp --alpha no -r nearest alpha16.tif alpha.tif
/usr/bin/python3 - <<'PYTHON' || fault "alpha is not validity"
from osgeo import gdal
ours, source = gdal.Open("alpha.tif"), gdal.Open("alpha16.tif")
assert ours.RasterCount == 1
have = ours.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
assert (have == (source.GetRasterBand(2).ReadAsArray() != 0)).all()
assert (ours.ReadAsArray()[have] == source.GetRasterBand(1).ReadAsArray()[have]).all()
PYTHON

# A scene that is less than a pixel: statistics of all of it, though the pixel's centre lies beside it (gdalwarp: but for
# sum nothing); nearest has nothing there, which is said.
for want in "average 50" "max 99" "min 0" "sum 4950"; do
    read -r method value <<<"$want"
    expect 0 '' "$imbrex" warp --overwrite --extent 499950,4399850,500250,4400150 --res 100 -r "$method" tiny.tif less.tif
    [ "$(gdallocationinfo -valonly less.tif 1 1)" = "$value" ] || fault "$method of less than a pixel is not $value"
done
expect 3 'no pixel of it has a value' "$imbrex" warp --extent 499950,4399850,500250,4400150 --res 100 -r nearest tiny.tif none2.tif

# A raster in its own grid is itself.
expect 0 '' "$imbrex" warp --extent "$(gdalinfo -json "$scenes/right.tif" | /usr/bin/python3 -c '
import json, sys
c = json.load(sys.stdin)["cornerCoordinates"]
print(*c["lowerLeft"], *c["upperRight"], sep=",")')" --res 30 "$scenes/right.tif" same.tif
/usr/bin/python3 - same.tif "$scenes/right.tif" <<'PYTHON' || fault "a raster in its own grid is not itself"
import sys
from osgeo import gdal
a, b = (gdal.Open(p) for p in sys.argv[1:])
if abs(b.GetGeoTransform()[1] - 30) < 1e-9:
    keep = b.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    assert (a.ReadAsArray()[:, keep] == b.ReadAsArray()[:, keep]).all()
PYTHON

# The same bytes however they are made.
for more in -j1 -j7 "--cpu-mask scalar" "--memory 128M"; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" warp $more --overwrite --crs EPSG:3857 -r lanczos f32.tif "$scenes/gray.tif" again.tif
    sum=$(sha256sum <again.tif)
    [ "${first:=$sum}" = "$sum" ] || fault "other bytes with $more"
done

# A CRS in whatever way it is given, for whatever option: the same raster.
gdal_create -q -of GTiff -ot Byte -outsize 60 50 -burn 7 -a_srs EPSG:32650 -a_ullr 500000 3300000 500600 3299500 utm.tif
gdal_create -q -of GTiff -ot Byte -outsize 60 50 -burn 7 -a_ullr 500000 3300000 500600 3299500 nowhere.tif
printf '\n\n EPSG:32650 \n' >code.txt
echo '+proj=utm +zone=50 +datum=WGS84 +units=m +no_defs' >proj.txt
gdalsrsinfo -o projjson EPSG:32650 >utm.json
gdalsrsinfo -o wkt2_2019 EPSG:32650 >utm.wkt
gdalsrsinfo -o wkt_esri EPSG:32650 >utm.prj
expect 0 '' "$imbrex" warp --quiet --res 10 utm.tif utm_as_is.tif
for crs in EPSG:32650 epsg:32650 urn:ogc:def:crs:EPSG::32650 http://www.opengis.net/def/crs/EPSG/0/32650 EPSG:32650+5773 \
    '+proj=utm +zone=50 +datum=WGS84 +units=m +no_defs' '+proj=utm +zone=50 +datum=WGS84 +type=crs' 'WGS 84 / UTM zone 50N' \
    "$(cat utm.json)" "$(cat utm.wkt)" "$(cat utm.prj)" code.txt proj.txt utm.json utm.wkt utm.prj; do
    expect 0 '' "$imbrex" warp --quiet --overwrite --crs "$crs" --res 10 utm.tif as.tif
    gdalinfo as.tif | grep -q '^    ID\["EPSG",32650\]\]' || fault "--crs $crs: another CRS"
    gdalinfo as.tif | grep -q '^Size is 60, 50' || fault "--crs $crs: another size"
    [[ $crs$(cat "$crs" 2>/dev/null) = *+proj* ]] || cmp -s as.tif utm_as_is.tif || fault "--crs $crs: other bytes"
    expect 0 '' "$imbrex" warp --quiet --overwrite --src-crs "$crs" --crs EPSG:32650 --res 10 nowhere.tif as.tif
    gdalinfo as.tif | grep -q '^Origin = (500000.0*,3300000.0*)' || fault "--src-crs $crs: another place"
    expect 0 '' "$imbrex" warp --quiet --overwrite --bbox 500000,3299600,500500,3300000 --bbox-crs "$crs" --res 10 utm.tif as.tif
    gdalinfo as.tif | grep -q '^Size is 50, 40' || fault "--bbox-crs $crs: another box"
done
# Degrees on WGS 84, in either order of axes, are EPSG:4326 in a GeoTIFF.
for crs in CRS84 OGC:CRS84 urn:ogc:def:crs:OGC:1.3:CRS84 WGS84 '+proj=longlat +datum=WGS84' EPSG:4326; do
    expect 0 '' "$imbrex" warp --quiet --overwrite --crs "$crs" utm.tif as.tif
    gdalinfo as.tif | grep -q '^    ID\["EPSG",4326\]\]' || fault "--crs $crs: not EPSG:4326"
    gdalinfo as.tif | grep -q '^Origin = (117.0*,29.8' || fault "--crs $crs: not longitude first"
done

# The plan, and refusals before any work.
expect 0 'raster +[0-9]+ x [0-9]+ px, 1 band of f32' "$imbrex" warp --dry-run --crs EPSG:3857 f32.tif plan.tif
[ ! -e plan.tif ] || fault "--dry-run wrote something"
expect 0 '"raster":' "$imbrex" warp --dry-run --json --crs EPSG:3857 f32.tif plan.tif
expect 2 'exists already' "$imbrex" warp f32.tif none.tif
expect 2 'NAME.tif' "$imbrex" warp f32.tif none.pmtiles
expect 2 'what `imbrex warp` makes' "$imbrex" tile "$scenes/gray.tif" tiles.tif
expect 2 "not XMIN,YMIN,XMAX,YMAX" "$imbrex" warp --extent 3,4,1,2 f32.tif bad.tif
expect 2 "not a number over 0" "$imbrex" warp --res 0 f32.tif bad.tif
expect 2 '^imbrex warp: --res: 1e\+12 is no size of a pixel' "$imbrex" warp --res 1e12 f32.tif bad.tif
expect 2 '^imbrex warp: --res: 1e-20 is no size of a pixel' "$imbrex" warp --res 10,1e-20 f32.tif bad.tif
expect 2 '^imbrex warp: --extent: 1e\+300 is nowhere on the Earth' "$imbrex" warp --extent 0,0,1e300,1 f32.tif bad.tif
expect 2 '^imbrex warp: a raster of 1e\+16 x 1e\+16 px is too large' "$imbrex" warp --res 1e-6 --extent 0,0,1e10,1e10 f32.tif bad.tif
expect 2 "^imbrex warp: --crs 'EPSG:999999': not a CRS: give AUTHORITY:CODE" "$imbrex" warp --crs EPSG:999999 f32.tif bad.tif
one_line
expect 2 "not a CRS of places on a map" "$imbrex" warp --crs EPSG:5773 f32.tif bad.tif
expect 2 "not a CRS: give" "$imbrex" warp --crs http://127.0.0.1:1/crs f32.tif bad.tif
expect 2 "^imbrex warp: --src-crs 'here': not a CRS: give" "$imbrex" warp --src-crs here f32.tif bad.tif
expect 3 'has 1 bands, the first scene has 3' "$imbrex" warp "$scenes/left.tif" f32.tif bad.tif
expect 2 'too large' "$imbrex" warp --crs EPSG:3857 --res 0.0001 f32.tif bad.tif
[ ! -e bad.tif ] || fault "a refused job left something behind"

# thin strips of a raster, at each of its edges
for extent in 0,-2000,2000,-1960 0,-40,2000,0 0,-2000,40,0 1960,-2000,2000,0 0,-1040,2000,-1000; do
    gdal_create -q -of GTiff -ot Byte -outsize 200 200 -burn 7 -a_srs EPSG:3857 -a_ullr 0 0 2000 -2000 flat.tif
    expect 0 '' "$imbrex" warp --quiet --overwrite -r nearest --res 10 --extent "$extent" flat.tif strip.tif
    expect 0 'STATISTICS_VALID_PERCENT=100$' gdalinfo strip.tif
done

# two bands of floats without a nodata value, a NaN in one of them: the other one's value stays, and nothing is invented
/usr/bin/python3 - <<'EOF' || exit 1
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
d = gdal.GetDriverByName("GTiff").Create("nan2.tif", 64, 64, 2, gdal.GDT_Float32)
d.SetGeoTransform((0, 10, 0, 0, 0, -10))
crs = osr.SpatialReference()
crs.ImportFromEPSG(3857)
d.SetProjection(crs.ExportToWkt())
a = np.ones((64, 64), np.float32)
d.GetRasterBand(2).WriteArray(2 * a)
a[10:20, 10:20] = np.nan
d.GetRasterBand(1).WriteArray(a)
EOF
expect 0 '' "$imbrex" warp --quiet -r nearest nan2.tif nan2_out.tif
/usr/bin/python3 - <<'EOF' || fault "a NaN of one band became a value, or took the other band with it"
import numpy as np
from osgeo import gdal
d = gdal.Open("nan2_out.tif")
a, b = d.ReadAsArray()
assert np.isnan(d.GetRasterBand(1).GetNoDataValue())
assert np.isnan(a[10:20, 10:20]).all() and np.isnan(a).sum() == 100 and (b == 2).all()
EOF
finish
