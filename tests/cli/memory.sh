#!/bin/bash
# --memory bounds the process to 1.25 times of it, for any number of threads, and changes no byte.
. "$(dirname "$0")/lib.sh"
make_scenes
sum=
for memory in 128 256; do
    for threads in 1 2 8; do
        expect 0 '"event":"done"' "$imbrex" tile --overwrite --progress json --memory ${memory}M -j$threads -f png -r cubic -z 0-15 \
            "$scenes/left.tif" "$scenes/right.tif" "$scenes/wide.tif" out.pmtiles
        rss=$(grep -o '"rss_peak_bytes":[0-9]*' out.txt | tail -n 1 | cut -d: -f2)
        # sanitizers have a memory of their own
        [ -n "$SANITIZE" ] || [ "$rss" -le $((memory * 1048576 * 5 / 4)) ] || fault "$rss bytes with --memory ${memory}M -j$threads"
        now=$(sha256sum <out.pmtiles)
        sum=${sum:-$now}
        [ "$now" = "$sum" ] || fault "other bytes with --memory ${memory}M -j$threads"
        echo "${memory}M -j$threads: $((rss / 1048576)) MiB"
    done
done
expect 2 'one worker with tiles of 4096 px needs [0-9]+ MiB more' "$imbrex" tile --overwrite --memory 128M --tile-size 4096 "$scenes/left.tif" out.pmtiles
one_line
expect 0 '' "$imbrex" tile --quiet --memory 1G --tile-size 4096 "$scenes/left.tif" large.pmtiles
# hundreds of bands: smaller blocks, flatter metatiles, and the same bytes
gdal_create -q -of GTiff -ot UInt16 -bands 300 -outsize 500 400 -burn 700 -co COMPRESS=DEFLATE -a_srs EPSG:32631 \
    -a_ullr 500000 5018000 506000 5013200 bands.tif
for memory in 256M 1G; do
    expect 0 '300 bands of u16' "$imbrex" warp --overwrite --memory $memory --crs EPSG:3857 bands.tif "bands$memory.tif"
done
cmp -s bands256M.tif bands1G.tif || fault "300 bands: other bytes with other memory"
[ "$(sha256sum <out.pmtiles)" = "$sum" ] || fault "the old output was touched"
finish
