#!/bin/bash
# Scenes without a geotransform: control points, RPC, DEMs and geolocation arrays, what is chosen, refused and recorded.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 - "$work" <<'PYTHON' || skip "python3-gdal is not there"
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
folder = sys.argv[1]
rng = np.random.default_rng(1)
picture = rng.integers(1, 255, (300, 400), dtype=np.uint8)

def raster(name, **options):
    d = gdal.GetDriverByName("GTiff").Create("%s/%s.tif" % (folder, name), 400, 300, 1, gdal.GDT_Byte, **options)
    d.GetRasterBand(1).WriteArray(picture)
    return d

srs = osr.SpatialReference()
srs.ImportFromEPSG(4326)
points = [gdal.GCP(11 + 0.1 * u / 4 + 0.001 * v, 47 - 0.08 * v / 4, 0, 100 * u, 75 * v) for u in range(5) for v in range(5)]
d = raster("gcps")
d.SetGCPs(points, srs.ExportToWkt())
d = raster("gcps_some")  # the first one and another are nowhere
d.SetGCPs([gdal.GCP(-999, -999, 0, 3, 3)] + points + [gdal.GCP(11, 93, 0, 7, 9)], srs.ExportToWkt())
d = raster("gcps_none")
d.SetGCPs([gdal.GCP(p.GCPX, p.GCPY + 100, 0, p.GCPPixel, p.GCPLine) for p in points], srs.ExportToWkt())
d = raster("gcps_no_crs")
d.SetGCPs(points, "")
d = raster("gcps_line")
d.SetGCPs(points[:3], srs.ExportToWkt())
zeros = " ".join(["0"] * 16)
rpc = {"LINE_OFF": "150", "SAMP_OFF": "200", "LAT_OFF": "46.96", "LONG_OFF": "11.05", "HEIGHT_OFF": "500",
       "LINE_SCALE": "150", "SAMP_SCALE": "200", "LAT_SCALE": "0.04", "LONG_SCALE": "0.05", "HEIGHT_SCALE": "500",
       "LINE_NUM_COEFF": "0 0 -1 0.02 " + zeros, "LINE_DEN_COEFF": "1 0 0 0 " + zeros,
       "SAMP_NUM_COEFF": "0 1 0 0.1 " + zeros, "SAMP_DEN_COEFF": "1 0 0 0 " + zeros}
d = raster("rpc")
d.SetMetadata(rpc, "RPC")
d = raster("rpc_gcps")
d.SetGCPs(points, srs.ExportToWkt())
d.SetMetadata(rpc, "RPC")
d = raster("damaged")
d.SetMetadata(dict(rpc, LAT_SCALE="0"), "RPC")
d = raster("cut")  # a crop that names its place in the parent image
d.SetMetadata(dict(rpc, SAMP_OFF="1200", LINE_OFF="950", SAMP_SCALE="1000", LINE_SCALE="900"), "RPC")
d.SetGeoTransform([1000, 1, 0, 800, 0, 1])
d = raster("foreign")  # a geotransform that leads nowhere near
d.SetMetadata(rpc, "RPC")
d.SetGeoTransform([600000, 1, 0, 5200000, 0, -1])
d = raster("worldfile", options=["PROFILE=BASELINE"])
open(folder + "/worldfile.tfw", "w").write("30\n0\n0\n-30\n650015\n5199985\n")
d = raster("turned")
d.SetGeoTransform([650000, 26, 15, 5200000, 15, -26])
srs.ImportFromEPSG(32632)
d.SetProjection(srs.ExportToWkt())
d = raster("south_up")
d.SetGeoTransform([650000, 30, 0, 5191000, 0, 30])
d.SetProjection(srs.ExportToWkt())
d = None
for name, west, missing in (("dem", 10.9, 0), ("dem_part", 11.05, 0), ("dem_far", 60, 0)):
    dem = gdal.GetDriverByName("GTiff").Create("%s/%s.tif" % (folder, name), 300, 200, 1, gdal.GDT_Int16)
    dem.SetGeoTransform([west, 0.001, 0, 47.1, 0, -0.001])
    srs.ImportFromEPSG(4326)
    dem.SetProjection(srs.ExportToWkt())
    dem.GetRasterBand(1).WriteArray((500 + 300 * np.sin(np.arange(300) / 9)[None, :] * np.ones((200, 1))).astype(np.int16))
    dem = None

# geolocation arrays: a swath, and ones that say too little
lat, lon = 47 - np.mgrid[0:31, 0:41][0] * 0.03, 11 + np.mgrid[0:31, 0:41][1] * 0.04 + np.mgrid[0:31, 0:41][0] * 0.01
def array(name, values, count=1):
    d = gdal.GetDriverByName("GTiff").Create("%s/%s.tif" % (folder, name), values.shape[1], values.shape[0], count, gdal.GDT_Float64)
    d.GetRasterBand(1).WriteArray(values)
    d.GetRasterBand(1).SetNoDataValue(-999)
array("lon", lon)
array("lat", lat)
array("lat_short", lat[:20])
def holed(values, fill):
    values = values.copy()
    values[10:14, 20:23] = fill
    return values
array("lon_holed", holed(lon, -999))
array("lat_holed", holed(lat, -999))
array("lon_fill", holed(lon, -32768))  # nobody declares this one
array("lat_fill", holed(lat, -32768))
array("lat_rounded", lat + (90.00001 - lat.max()))
array("lat_wrong", lat * 1e5)
array("void", np.full(lat.shape, -999.))
def swath(name, **changes):
    items = dict(X_DATASET="lon.tif", Y_DATASET=folder + "/lat.tif", X_BAND="1", Y_BAND="1", PIXEL_OFFSET="0", PIXEL_STEP="10",
                 LINE_OFFSET="0", LINE_STEP="10", SRS=srs.ExportToWkt())
    items.update(changes)
    raster(name).SetMetadata({k: v for k, v in items.items() if v}, "GEOLOCATION")
swath("swath")
swath("swath_swapped", X_DATASET=folder + "/lat.tif", Y_DATASET=folder + "/lon.tif", SWAP_XY="YES")
swath("swath_no_crs", SRS=None)
swath("swath_step", LINE_STEP="0")
swath("swath_band", X_BAND="2")
swath("swath_short", Y_DATASET=folder + "/lat_short.tif")
swath("swath_holed", X_DATASET="lon_holed.tif", Y_DATASET="lat_holed.tif")
swath("swath_fill", X_DATASET="lon_fill.tif", Y_DATASET="lat_fill.tif")
swath("swath_lat", Y_DATASET="lat_fill.tif")
swath("swath_pole", Y_DATASET="lat_rounded.tif")
swath("swath_wrong", Y_DATASET="lat_wrong.tif")
swath("swath_void", X_DATASET=folder + "/void.tif")
swath("swath_gone", X_DATASET=folder + "/gone.tif")
PYTHON

plan() { # PATTERN ARGUMENTS...: a line of the job plan
    local pattern=$1
    shift
    expect 0 "$pattern" "$imbrex" tile --dry-run --json "$@" plan.pmtiles
}

# what is chosen
plan '"kind":"polynomial","order":2,"points":25' gcps.tif
plan '"kind":"polynomial","order":3' --order 3 gcps.tif
plan '"kind":"tps"' --tps gcps.tif
plan '"kind":"rpc"' rpc.tif
plan '"height_m":500' rpc.tif
plan '"height_m":120' --rpc-height 120 rpc.tif
plan '"kind":"polynomial"' rpc_gcps.tif
plan '"kind":"rpc"' --rpc rpc_gcps.tif
for method in bilinear cubic cubicspline; do
    plan '"content":"[0-9a-f]{32}","dem":"dem.tif","geoid":null,"height_m":500.0,"resample":"'$method'"' --dem dem.tif --dem-resample $method rpc.tif
done
for scene in worldfile turned south_up; do
    options=
    [ $scene = worldfile ] && options="--src-crs EPSG:32632"
    # shellcheck disable=SC2086
    expect 0 '"crs":"EPSG:32632"' "$imbrex" tile --dry-run --json $options $scene.tif plan.pmtiles
    ! grep -q georef out.txt || fault "$scene.tif is affine"
done

# all of it in one job, whatever the threads; the archive names the DEM without its folder
mkdir sub && cp dem.tif sub/
for threads in 1 2; do
    expect 0 '' "$imbrex" tile -j$threads -f png --quiet --overwrite --geoid none --dem sub/dem.tif gcps.tif rpc.tif turned.tif all$threads.pmtiles
done
cmp all1.pmtiles all2.pmtiles || fault "the bytes depend on the threads"
expect 0 '"dem":"dem.tif"' "$imbrex" info --json all1.pmtiles
! grep -q '"sub/dem' out.txt || fault "a folder in the archive"
expect 0 '' "$imbrex" verify all1.pmtiles
expect 0 '' "$imbrex" tile -f png --quiet cut.tif cut.pmtiles
expect 0 '' "$imbrex" verify cut.pmtiles

# warnings, once a scene
expect 0 'warning: rpc\.tif: heights of dem\.tif are taken as ellipsoidal' "$imbrex" tile --dry-run --dem dem.tif rpc.tif x.pmtiles
[ "$(grep -c warning err.txt)" = 1 ] || fault "not one warning: $(cat err.txt)"
expect 0 'warning: rpc\.tif: dem_part\.tif has no heights for [0-9.]+ % of its area' "$imbrex" tile --dry-run --dem dem_part.tif --geoid none rpc.tif x.pmtiles
expect 0 'warning: cut\.tif: .*taken for its place in the image that the RPC are for \(from sample 1000, line 800' "$imbrex" tile --dry-run cut.tif x.pmtiles
expect 0 'warning: foreign\.tif: its geotransform has no CRS: left aside' "$imbrex" tile --dry-run foreign.tif x.pmtiles

expect 0 '' "$imbrex" tile --dry-run --dem dem.tif --geoid none rpc.tif x.pmtiles
! grep -q warning err.txt || fault "--geoid none is an answer: $(cat err.txt)"
expect 0 'warning: --dem: no scene is placed by RPC' "$imbrex" tile --dry-run --dem dem.tif --geoid none gcps.tif turned.tif x.pmtiles
[ "$(grep -c warning err.txt)" = 1 ] || fault "not one warning: $(cat err.txt)"
expect 0 'warning: --rpc-height: no scene is placed by RPC' "$imbrex" tile --dry-run --rpc-height 5 turned.tif x.pmtiles
expect 0 '' "$imbrex" tile --dry-run --dem dem.tif --geoid none gcps.tif rpc.tif x.pmtiles
! grep -q warning err.txt || fault "a job of both kinds: $(cat err.txt)"

# what a raster is to us
expect 0 '^placed by +polynomial of order 2 through 25 ground control points' "$imbrex" info gcps.tif
expect 0 '^placed by +RPC at a height of 500 m' "$imbrex" info rpc.tif
expect 0 '^placed by +geotransform, rotated' "$imbrex" info turned.tif
expect 0 '^placed by +geotransform, south up' "$imbrex" info south_up.tif
expect 0 '^operation +Inverse of UTM zone 32N' "$imbrex" info south_up.tif
expect 0 '"kind": "rpc"' "$imbrex" info --json rpc.tif
expect 0 '^tiles +none: its RPC are damaged' "$imbrex" info damaged.tif

# a swath by its arrays: the same bytes for any number of threads, and with x and y exchanged
expect 0 '^placed by +geolocation arrays' "$imbrex" info swath.tif
expect 0 '"kind": "geolocation"' "$imbrex" info --json swath.tif
for more in "-j1 swath.tif" "-j3 swath.tif" "--cpu-mask scalar --geoloc swath.tif"; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile --quiet --overwrite $more swath.pmtiles
    sum=$(sha256sum <swath.pmtiles)
    [ "${swath_sum:=$sum}" = "$sum" ] || fault "other bytes with $more"
done
expect 0 '' "$imbrex" warp --quiet swath.tif swath_a.tif
expect 0 '' "$imbrex" warp --quiet swath_swapped.tif swath_b.tif
cmp -s swath_a.tif swath_b.tif || fault "SWAP_XY: other pixels"

# places that are none: as nodata that the arrays declare, said once; what rounding puts beyond a pole is the pole
expect 0 '' "$imbrex" warp --quiet swath_holed.tif holed.tif
for swath in swath_fill swath_lat; do
    expect 0 "warning: $swath\.tif: 12 places of its geolocation arrays are not on the Earth .*: taken for nodata" "$imbrex" warp --crs EPSG:4326 --overwrite $swath.tif filled.tif
    [ "$(grep -c warning err.txt)" = 1 ] || fault "not one warning: $(cat err.txt)"
    expect 0 '' "$imbrex" warp --quiet --overwrite --crs EPSG:4326 swath_holed.tif holed.tif
    cmp -s filled.tif holed.tif || fault "$swath.tif: other pixels than with declared nodata"
    expect 0 '12 places of its geolocation arrays are not on the Earth' "$imbrex" info $swath.tif
done
bounds() { "$imbrex" info "$1" | grep '^bounds'; }
[ "$(bounds swath_fill.tif)" = "$(bounds swath_holed.tif)" ] || fault "bounds: $(bounds swath_fill.tif), not $(bounds swath_holed.tif)"
expect 0 '' "$imbrex" info swath_pole.tif
! grep -q 'not on the Earth' out.txt err.txt || fault "90.00001 degrees north is no pole"
expect 0 'warning: gcps_some\.tif: 2 of its 27 ground control points are not on the Earth .*: left out' "$imbrex" warp --overwrite gcps_some.tif some.tif
expect 0 '' "$imbrex" warp --quiet --overwrite gcps.tif all.tif
cmp -s some.tif all.tif || fault "gcps_some.tif: other pixels than without the points that are nowhere"

# refusals, in one line, before any work
refuse() { # STATUS PATTERN ARGUMENTS...
    local status=$1 pattern=$2
    shift 2
    expect "$status" "$pattern" "$imbrex" tile "$@" none.pmtiles
    one_line
    [ ! -e none.pmtiles ] || fault "an output after: $*"
}
refuse 3 'gcps_no_crs\.tif: .*--src-crs' gcps_no_crs.tif
refuse 3 'gcps_line\.tif: .*do not determine a polynomial of order 1' gcps_line.tif
refuse 3 'gcps\.tif: has no RPC' --rpc gcps.tif
refuse 3 'gcps\.tif: has no geolocation arrays' --geoloc gcps.tif
refuse 3 'swath_no_crs\.tif: its geolocation arrays name no .*--src-crs' swath_no_crs.tif
refuse 3 'swath_step\.tif: PIXEL_STEP and LINE_STEP .* are not over 0' swath_step.tif
refuse 3 'swath_band\.tif: geolocation array lon\.tif: has no real band 2' swath_band.tif
refuse 3 'swath_short\.tif: geolocation arrays of 41 x 31 and 41 x 20 do not go together' swath_short.tif
refuse 3 'swath_wrong\.tif: its geolocation arrays hold no place: all nodata, or beyond any latitude' swath_wrong.tif
refuse 3 'gcps_none\.tif: none of its 25 ground control points lies on the Earth' gcps_none.tif
refuse 3 'swath_void\.tif: its geolocation arrays hold no place' swath_void.tif
refuse 3 'gone\.tif: no such file' swath_gone.tif
refuse 3 'rpc\.tif: has no ground control points' --tps rpc.tif
refuse 3 'damaged\.tif: its RPC are damaged: LAT_OFF is 46.96, LAT_SCALE is 0' damaged.tif
refuse 3 'dem_far\.tif: has no heights where the scene lies' --geoid none --dem dem_far.tif rpc.tif
refuse 3 'nothing\.tif: no such file' --dem nothing.tif rpc.tif
refuse 3 'nothing\.tif: no such file' --dem dem.tif --geoid nothing.tif rpc.tif
refuse 2 'geoid: there is no --dem' --geoid egm96 rpc.tif
refuse 2 'dem-resample: there is no --dem' --dem-resample cubic rpc.tif
refuse 2 "order: " --order 4 gcps.tif
refuse 2 "dem-resample: 'lanczos' is not bilinear, cubic or cubicspline" --dem-resample lanczos rpc.tif
finish
