#!/bin/bash
# Rasters behind URLs and in archives: the same tiles as from the files, through a server that fails now and then.
. "$(dirname "$0")/lib.sh"
make_scenes
export GDAL_HTTP_RETRY_DELAY=0.05 AWS_HTTPS=NO AWS_VIRTUAL_HOSTING=FALSE AWS_NO_SIGN_REQUEST=YES

mkdir served served/bucket
/usr/bin/python3 - "$scenes" <<'EOF' || exit 1
import sys
from osgeo import gdal
gdal.UseExceptions()
gdal.Translate("served/big.tif", sys.argv[1] + "/wide.tif", width=2400, height=1800, creationOptions=[
    "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256", "COMPRESS=DEFLATE"])
EOF
cp "$scenes/right.tif" served/
cp "$scenes/right.tif" served/bucket/key.tif
(cd served && /usr/bin/python3 -c '
import tarfile, zipfile
zipfile.ZipFile("right.zip", "w", zipfile.ZIP_DEFLATED).write("right.tif")
tarfile.open("right.tar", "w").add("right.tif")')

# the server is stopped by its own number
/usr/bin/python3 "$SOURCE/tests/cli/file_server.py" served requests.txt >port &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
url=http://127.0.0.1:$(cat port)
export AWS_S3_ENDPOINT=127.0.0.1:$(cat port)

# same NAME INPUT: tiles of INPUT are those in the folder NAME; of another name and fingerprint, so metadata.json differs
same() {
    expect 0 '' "$imbrex" tile --quiet --overwrite "$2" out/
    diff -rq -x metadata.json "$1" out >/dev/null || fault "$2: other tiles than in $1"
}
fetched() { grep ' 206$' requests.txt | awk '{split(substr($3, 7), a, "-"); n += a[2] - a[1] + 1} END{print n + 0}'; }
size=$(stat -c %s served/big.tif)
expect 0 '' "$imbrex" tile --quiet served/big.tif big/
expect 0 '' "$imbrex" tile --quiet served/right.tif right/
: >requests.txt
same big "$url/big.tif" # the strong ETag is its fingerprint: it is not fetched once more for that
[ "$(grep -c ' 206$' requests.txt)" -lt 60 ] || fault "$(grep -c ' 206$' requests.txt) requests for 80 tiles of the file"
[ "$(fetched)" -lt $((size * 11 / 10 + 65536)) ] || fault "$(fetched) bytes were fetched of a file of $size"
same big "$url/flaky/big.tif"
same big "$url/cut/big.tif"
same right "$url/right.tif?key=1*"
same right s3://bucket/key.tif
same right /vsizip/served/right.zip/right.tif
same right /vsitar/served/right.tar/right.tif
same right "/vsizip//vsicurl/$url/right.zip/right.tif"

# the other files that are read through GDAL: heights, cutlines, and deliveries by their metadata, whose folders no server lists
/usr/bin/python3 "$SOURCE/testdata/make_deliveries.py" served/d || exit 1
gf=served/d/gaofen/GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234-MSS1.tiff
gdal_create -q -of GTiff -ot Int16 -outsize 100 100 -burn 700 -a_srs EPSG:4326 -a_ullr 113 35 115 34 served/dem.tif
tiles() { expect 0 '' "$imbrex" tile --quiet --overwrite "$@"; }
others() { diff -rq -x metadata.json "$1" "$2" >/dev/null; }
tiles "$gf" flat/
tiles --dem served/dem.tif --geoid none "$gf" high/
tiles --dem "$url/dem.tif" --geoid none "$gf" high_url/
others high high_url || fault "--dem by its address: other tiles"
! others flat high || fault "--dem makes no difference: nothing is tested"
gdal_translate -q -srcwin 20 30 90 80 served/right.tif part.tif
gdaltindex -f GPKG served/part.gpkg part.tif >gdal.txt
tiles --cutline served/part.gpkg served/right.tif cut/
tiles --cutline "$url/part.gpkg" served/right.tif cut_url/
others cut cut_url || fault "--cutline by its address: other tiles"
! others cut right || fault "--cutline makes no difference: nothing is tested"
for metadata in landsat/LC08*/*_MTL.txt landsat/LC09*/*_MTL.xml l2/*/*_MTL.json qa/*/*_MTL.txt S2A*.SAFE/MTD_MSIL2A.xml s2l1c/*/MTD_MSIL1C.xml \
    gaofen/*-PAN1.xml gaofen/*-MSS1.xml gf6/*.xml; do
    metadata=$(echo served/d/$metadata)
    tiles -z 9-11 "$metadata" delivery/
    tiles -z 9-11 "$url/${metadata#served/}" delivery_url/
    others delivery delivery_url || fault "$metadata by its address: other tiles"
done
expect 3 '^imbrex tile: @http.*: lists are read from this machine alone' "$imbrex" tile "@$url/list.txt" out/
one_line
expect 3 '^imbrex tile: --grid: http.* are read from this machine alone' "$imbrex" tile --grid "$url/grid.json" served/right.tif out/
one_line
expect 3 '^imbrex tile: --colormap: http.* are read from this machine alone' "$imbrex" tile --bands 1 --colormap "$url/colours.txt" served/right.tif out/
one_line
expect 3 'dem_not.tif: cannot be (reached|read).*404' "$imbrex" tile --dem "$url/dem_not.tif" "$gf" out/
one_line

# what does not pass is said once, at once
refuse() { # PATTERN INPUT
    local begun=$SECONDS
    expect 3 "$1" "$imbrex" tile --overwrite --quiet "$2" out/
    one_line
    [ $((SECONDS - begun)) -lt 20 ] || fault "$2: $((SECONDS - begun)) s until it was said"
}
refuse 'gone/big\.tif: block .*403.*: give GDAL_HTTP_USERPWD=.* a signed address may have expired$' "$url/gone/big.tif"
refuse 'missing\.tif: cannot be read \(HTTP response code: 404\): it is not on the server: check the address$' "$url/missing.tif"
refuse 'big\.tif: the server gives no parts of files' "$url/whole/big.tif"
refuse 'a\.tif: cannot be read \(.*onnect.*\): check the address and the network$' http://127.0.0.1:1/a.tif
# by the status, and by what other systems say in its place
for case in '401:give GDAL_HTTP_USERPWD' '403:give GDAL_HTTP_USERPWD' '407:give GDAL_HTTP_PROXYUSERPWD' '410:not on the server' \
    '405:does not take the request' '429:fewer requests: .*-j' '500:try again later' '503:try again later'; do
    GDAL_HTTP_MAX_RETRY=1 refuse "/a\.tif: cannot be read \(HTTP response code: ${case%%:*}\): .*${case#*:}" "$url/${case%%:*}/a.tif"
done
refuse 'a\.tif: cannot be read \(.*\): check the address \(https or http\)' "${url/http:/https:}/a.tif"
refuse 's3/403/a\.tif: cannot be read \(.*403\): give AWS_ACCESS_KEY_ID' s3://403/a.tif
refuse 's3/403/xml/a\.tif: cannot be read \(Access Denied\): give AWS_ACCESS_KEY_ID' s3://403/xml/a.tif
refuse 's3/404/xml/a\.tif: cannot be read \(.*key does not exist\.?\): it is not on the server' s3://404/xml/a.tif
HOME=$work AWS_NO_SIGN_REQUEST=NO refuse 's3/bucket/key\.tif: cannot be read .*: give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' s3://bucket/key.tif
HOME=$work refuse 'gs/bucket/key\.tif: cannot be read .*: give GOOGLE_APPLICATION_CREDENTIALS' gs://bucket/key.tif
HOME=$work refuse 'az/bucket/key\.tif: cannot be read .*: give AZURE_STORAGE_CONNECTION_STRING' az://bucket/key.tif
# a server that stops in the middle of an answer is waited for, but not for ever
GDAL_HTTP_LOW_SPEED_TIME=1 GDAL_HTTP_MAX_RETRY=1 refuse 'stall/big\.tif: block .*try again later' "$url/stall/big.tif"
# and the job can be stopped meanwhile: it cannot stop by itself, so the second signal ends it
"$imbrex" tile --overwrite --quiet "$url/stall/big.tif" stalled.pmtiles >out.txt 2>err.txt &
job=$!
for _ in $(seq 1000); do grep -q '/stall/.* 206$' requests.txt && ls -A . | grep -q 'stalled.*partial' && break; sleep 0.01; done
sleep 1
kill -TERM "$job"
sleep 0.5
begun=$SECONDS
kill -TERM "$job"
wait "$job"
status=$?
checks=$((checks + 1))
[ "$status" = 4 ] || fault "two signals while a server stalls: exit status $status, not 4 ($(cat err.txt))"
grep -q 'stopped at once' err.txt || fault "two signals: not said: $(cat err.txt)"
[ $((SECONDS - begun)) -lt 5 ] || fault "two signals: $((SECONDS - begun)) s until the end"
expect 0 'EPSG:32722' "$imbrex" info "$url/right.tif"
expect 3 'check the address' "$imbrex" info "$url/missing.tif"
finish
