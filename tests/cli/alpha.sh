#!/bin/bash
# tests/cli/alpha.sh: data with an alpha band: `imbrex warp` weighs by it and writes it, pictures of data have it. Values
# beside gdalwarp's, bytes for any number of threads, memory and CPU.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"

check() {
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/check_alpha.py" "$@" || fault "check_alpha.py $*"
}

/usr/bin/python3 "$SOURCE/testdata/make_deliveries.py" "$work/d" || exit 1
delivered=$(echo "$work"/d/landsat/LC08_L1TP_*) # with its quality band away
rm "$delivered"/*QA_PIXEL*
check make "$delivered"

# Values and alpha, of every type and method that weighs.
for scene in u8 u16 f32; do
    for method in nearest bilinear cubic cubicspline lanczos average rms; do
        expect 0 "$scene.out.tif: 286 x 286 px" "$imbrex" warp --overwrite --res 7 --extent 500049,3997949,502051,3999951 -r $method $scene.tif $scene.out.tif
        check values $scene $method $scene.out.tif
    done
    expect 0 '' "$imbrex" warp --overwrite --res 7 --extent 500049,3997949,502051,3999951 -r bilinear $scene.tif $scene.out.tif
    check gdalwarp $scene.tif $scene.out.tif
    check structure $scene.out.tif
    expect 0 '' "$imbrex" warp --overwrite --block-size 64 -r nearest $scene.tif $scene.same.tif
    check overviews $scene.same.tif
done

# What is said; and where alpha is not wanted.
expect 0 'none, alpha is the last band' "$imbrex" warp --dry-run u16.tif plan.tif
expect 0 '"coverage":65535' "$imbrex" warp --dry-run --json u16.tif plan.tif
expect 0 'u16.tif: its alpha band becomes validity' "$imbrex" warp --alpha no u16.tif no.tif
expect 0 'its alpha band becomes validity' "$imbrex" warp --dst-nodata 7 u16.tif nodata.tif
expect 0 '' "$imbrex" warp --alpha yes -r nearest opaque.tif yes.tif
expect 0 '' "$imbrex" warp --alpha auto -r nearest opaque.tif auto.tif
check bands no.tif 3 nodata.tif 3 yes.tif 2 auto.tif 1
check yes opaque.tif yes.tif
expect 2 'leave --dst-nodata out' "$imbrex" warp --alpha yes --dst-nodata 7 u16.tif bad.tif
expect 2 "'maybe' is not auto, yes or no" "$imbrex" warp --alpha maybe u16.tif bad.tif

# A band listed with the others is one of them, alpha or not; NBITS say what is opaque; alpha of a wider type widens.
expect 0 '2 bands of u16' "$imbrex" warp --bands 1,4 u16.tif listed.tif
expect 0 '' "$imbrex" warp -r nearest twelve.tif twelve.out.tif
check range twelve.tif twelve.out.tif 4095 65535
gdalbuildvrt -q -separate mixed.vrt opaque.tif alpha16.tif
sed -i 's/band="2">/&<ColorInterp>Alpha<\/ColorInterp>/' mixed.vrt
expect 0 '2 bands of u16' "$imbrex" warp -r nearest mixed.vrt mixed.tif
check range mixed.vrt mixed.tif 65535 65535

# A translucent scene over an opaque one of another type, and over ones with alpha; with classes, of which none is between
# two others, and with values.
for method in nearest mode bilinear; do
    for below in opaque f32 wide; do
        box="--res 10 --extent 500100,3997500,502500,3999900 -r $method"
        expect 0 '' "$imbrex" warp --overwrite $box --alpha yes $below.tif below.tif
        expect 0 '' "$imbrex" warp --overwrite $box u8.tif top.tif
        expect 0 '' "$imbrex" warp --overwrite $box $below.tif u8.tif both.tif
        check over $method top.tif below.tif both.tif
    done
done

# A scene of several rasters, each with alpha of its own or none: bands as the files alone make them, the least coverage.
expect 0 '4 bands of u16' "$imbrex" warp -r nearest --bands B4,blue,green "$delivered" scene.tif
check scene scene.tif "$delivered"/*_B4.TIF "$delivered"/*_B2.TIF "$delivered"/*_B3.TIF
for method in bilinear lanczos average; do
    box="--overwrite --crs EPSG:3857 --res 61 --extent -7000,6111000,5000,6122000 -r $method --alpha yes"
    for band in 4 2 3; do
        expect 0 '' "$imbrex" warp $box "$delivered"/*_B$band.TIF B$band.tif
    done
    expect 0 '' "$imbrex" warp $box --bands B4,blue,green "$delivered" grid.tif
    check scene grid.tif B4.tif B2.tif B3.tif
done
sums=
for how in "-j1" "-j3 --cpu-mask scalar" "-j2 --memory 128M"; do
    expect 0 '' "$imbrex" warp --overwrite --block-size 64 $how --crs EPSG:3857 --res 41 -r cubic --bands B4,blue,green "$delivered" same.tif
    sums="$sums$(sha256sum <same.tif)"
done
[ "$(tr -d ' ' <<<"$sums" | tr '-' '\n' | sort -u | grep -c .)" = 1 ] || fault "a scene of several rasters: not the same bytes"
expect 0 'its alpha band becomes validity' "$imbrex" warp --alpha no --bands B4,blue,green "$delivered" none.tif
check bands none.tif 3

# The same bytes.
for method in bilinear lanczos rms sum; do
    sums=
    for how in "-j1" "-j3 --cpu-mask scalar" "-j2 --memory 128M"; do
        expect 0 '' "$imbrex" warp --overwrite --block-size 128 --crs EPSG:3857 --res 4.1 -r $method $how big.tif f32.tif u8.tif same.tif
        sums="$sums $(sha256sum <same.tif)"
    done
    [ "$(tr ' ' '\n' <<<"$sums" | grep -c .)" = 6 ] && [ "$(tr ' ' '\n' <<<"$sums" | grep '..' | sort -u | wc -l)" = 1 ] || fault "$method: not the same bytes:$sums"
done

# Pictures: alpha is what is covered, of values and of colours by value; heights are there or not.
expect 0 '' "$imbrex" tile --raster-grid -f png --stretch 0,65535 u16.tif stretched/
check picture u16.tif stretched
expect 0 '' "$imbrex" tile --raster-grid -f png -r nearest --stretch 0,65535 --bands B4,blue,green "$delivered" delivered.tiles/
check picture scene.tif delivered.tiles
printf '0 0 0 0 255\n1000 255 255 255 128\n' >map.txt
expect 0 '' "$imbrex" tile --raster-grid -f png --colormap map.txt f32.tif coloured/
check colormap f32.tif coloured
for what in "--encode terrain-rgb" "--hillshade"; do
    expect 0 '' "$imbrex" tile --overwrite --raster-grid -f png $what f32.tif heights/
    check heights f32.tif heights
done
finish
