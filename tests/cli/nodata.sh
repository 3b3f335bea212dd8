#!/bin/bash
# What is nothing stays so, and what is something too: nodata values that samples meet, that no sample can have, that differ
# from band to band, and the ones that JSON has no numbers for (tiler/target_nodata.h is the table).
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
check() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_nodata.py" "$@" || fault "$*"; }
warp() { expect 0 "$1" "$imbrex" warp --overwrite "${@:2}"; }
# quiet: nothing was said on standard error
quiet() { [ ! -s err.txt ] || fault "said: $(cat err.txt)"; }
check make

# Valid results that are rounded or cut off to nodata, at every level of the file, and in its statistics.
for kind in u8 u16 i16 i32 f32; do
    for way in lanczos cubic; do
        warp '' -r $way --crs EPSG:3857 --block-size 64 --overview-resample $way ring_$kind.tif out.tif
        check rings $way ring_$kind.tif out.tif
    done
done
warp '[0-9,]+ samples that are valid had the nodata value 0: written as 1' -r lanczos --crs EPSG:3857 -j 1 ring_u16.tif out.tif
first=$(sha256sum <out.tif)
warp '' -r lanczos --crs EPSG:3857 -j 3 --cpu-mask scalar ring_u16.tif out.tif
[ "$(sha256sum <out.tif)" = "$first" ] || fault "other bytes with other threads and another CPU"
warp 'had the nodata value 65535: written as 65534' -r sum --res 60 full.tif out.tif
check value out.tif 65534

# Values of the scenes that the user's nodata value meets.
warp '12 samples that are valid had the nodata value 2: written as 1,' -r nearest --dst-nodata 2 twelve.tif out.tif
check value out.tif 1 3000
warp '12 samples that are valid had the nodata value 2: written as 2.00000' -r nearest --dst-nodata 2 twelve_f32.tif out.tif
check all_valid out.tif
warp 'had the nodata value 0\.1: written as 0\.10000006,' -r nearest --dst-nodata 0.1 tenth_f32.tif out.tif
check all_valid out.tif
warp 'had the nodata value 0\.1: written as 0\.1000000596046' -r nearest --dst-nodata 0.1 tenth_f64.tif out.tif
check all_valid out.tif
expect 0 '^nodata +0\.1$' "$imbrex" warp --dry-run -r nearest --dst-nodata 0.1 tenth_f32.tif bad.tif
expect 0 'nodata -1\.7976931348623157e\+308: ' "$imbrex" info --nodata -1.7976931348623157e308 lowest.tif
expect 0 '"nodata": ?"-1\.7976931348623157e\+308"' "$imbrex" info --json --nodata -1.7976931348623157e308 lowest.tif
expect 0 '"nodata": ?0\.1,' "$imbrex" info --json --nodata 0.1 tenth_f64.tif
warp '' -r nearest --dst-nodata none twelve.tif out.tif
quiet
check value out.tif 2 3000

# Values that no sample of the output can have.
for value in 70000 -1 1.5 nan inf; do
    expect 2 "dst-nodata $value: the output's samples are u16: whole numbers from 0 to 65535" "$imbrex" warp --dst-nodata $value twelve.tif bad.tif
    one_line
done
expect 2 "samples are f32: numbers from -3.4028234663852886e\+38 to 3.4028234663852886e\+38, inf, -inf or nan" "$imbrex" warp --dst-nodata 1e39 twelve_f32.tif bad.tif
for value in nan inf -inf -3.4028234663852886e+38; do
    warp '' --crs EPSG:3857 --dst-nodata $value twelve_f32.tif out.tif
    quiet
    check corners $value out.tif
done
# What GDAL reads as nodata however far it is, since its comparison overflows: said where there are such samples.
warp 'warning: 3 valid samples lie at 1.01412e\+31 or beyond, which GDAL takes for the nodata value 3.40282' -r nearest --dst-nodata 3.4028234663852886e+38 huge.tif out.tif
one_line
check unread out.tif 3
warp '2 valid samples lie at 1.40282e\+38 or beyond' -r nearest --dst-nodata 2e38 huge.tif out.tif
check unread out.tif 2
warp '1 valid sample lies at -1.01412e\+31 or beyond' -r nearest --dst-nodata -3.4028234663852886e+38 huge.tif out.tif
check unread out.tif 1
warp '1 valid sample lies at 2.40282e\+38 or beyond' -r nearest --dst-nodata 1e38 huge.tif out.tif
check unread out.tif 1
for value in 2e30 -9999 nan; do
    warp '' -r nearest --dst-nodata $value huge.tif out.tif
    quiet
    check unread out.tif 0
done
expect 2 "'1e400' is not a number" "$imbrex" warp --dst-nodata 1e400 twelve.tif bad.tif
expect 2 "'x' is not a number" "$imbrex" warp --nodata x twelve.tif bad.tif
[ ! -e bad.tif ] || fault "a refused job left something behind"

# Nodata values of scenes that no sample of theirs can have: there is a mask.
for name in u16_-9999 u8_9999 i16_65535 u16_nan; do
    warp '' -r nearest --crs EPSG:3857 wrong_$name.tif out.tif
    quiet
    check masked out.tif
done
for value in -9999 nan -1.7976931348623157e308; do
    warp "no u16 sample can equal --nodata" -r nearest --crs EPSG:3857 --nodata $value twelve.tif out.tif
    check masked out.tif
done
warp '' -r nearest --nodata -1.7976931348623157e308 lowest.tif out.tif
check same lowest.tif out.tif

# Infinities, also in the plan.
for name in inf -inf; do
    warp '' -r nearest far_$name.tif out.tif
    quiet
    check same far_$name.tif out.tif
    expect 0 "\"nodata\":\"$name\"" "$imbrex" warp --dry-run --json far_$name.tif out.tif
done

# Bands that are valid each for itself.
warp '[0-9]+ samples that are valid had the nodata value 5: written as 4' -r nearest bands.vrt out.tif
check same bands.vrt out.tif 1
warp '' -r nearest first.tif second.tif out.tif
quiet
check two out.tif
warp '' -r nearest floats.vrt out.tif
quiet
check same floats.vrt out.tif
warp 'one mask for all bands: a pixel is valid where all of them are' -r nearest --dst-nodata none bands.vrt out.tif
check joined bands.vrt out.tif
warp 'one mask for all bands' -r nearest masks.vrt out.tif
check joined masks.vrt out.tif
warp '' -r nearest --dst-nodata 65535 masks.vrt out.tif
check same masks.vrt out.tif

# Pictures of 8 bits, as they are and as numbers: a colour is what all masks of its bands leave; by nodata, which may be a
# colour, what is not nodata in all of them, as gdalwarp -dstalpha has it.
for way in "--gamma 1" "--stretch 0,255"; do
    for bands in 1,2,3 3,1,2; do
        for raster in colours colours3 colours_nodata; do
            # shellcheck disable=SC2086
            expect 0 '' "$imbrex" tile --overwrite --raster-grid -f png $way --bands $bands $raster.vrt tiles/
            ! grep -q warning err.txt || fault "a warning: $(cat err.txt)"
            check picture "$([ $raster = colours_nodata ] && echo any || echo all)" $raster.vrt tiles $bands
        done
    done
done
# Overviews without the masks that their bands have would be valid all over.
gdaladdo -q colours.tif 2
expect 0 '^colours3.vrt .* mask +full resolution$' "$imbrex" warp --dry-run --res 120 colours3.vrt out.tif
expect 0 '^colours.tif .* overview 45 x 35$' "$imbrex" warp --dry-run --res 120 colours.tif out.tif
expect 0 '"band_masks":true' "$imbrex" tile --dry-run --json --raster-grid colours.vrt tiles2/
finish
