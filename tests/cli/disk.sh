#!/bin/bash
# A disk that is too small is found before the work; one that fills is reported; the old output stays.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root for a small tmpfs"
make_scenes
mkdir small
mount -t tmpfs -o size=600k tmpfs small 2>/dev/null || skip "tmpfs cannot be mounted here"
trap 'umount small; rm -rf "$work"' EXIT
echo precious >small/out.pmtiles

expect 1 'disk is too small.*nothing was written' "$imbrex" tile --overwrite -f png "$scenes/wide.tif" small/out.pmtiles
one_line
expect 0 'warning: .*disk is too small' "$imbrex" tile --dry-run -f png "$scenes/wide.tif" small/out.pmtiles
[ "$(cat small/out.pmtiles)" = precious ] || fault "the old output was touched"

# the forecast counts tiles by their outline: what can never be made is refused at once
begun=$SECONDS
expect 1 'disk is too small: about [0-9.]+ PB' "$imbrex" warp --res 0.0001 "$scenes/wide.tif" small/out.tif
one_line
[ $((SECONDS - begun)) -lt 30 ] || fault "$((SECONDS - begun)) s for a forecast of petabytes"

# the forecast fits, then somebody else fills the disk
mount -o remount,size=40m small
mkfifo go
(head -c 1 go >/dev/null; dd if=/dev/zero of=small/hog bs=1k 2>/dev/null) &
"$imbrex" tile --overwrite -f png -j1 -z 0-14 "$scenes/wide.tif" small/out.pmtiles >out.txt 2>err.txt &
pid=$!
for _ in $(seq 6000); do ls -A small | grep -q partial && break; sleep 0.01; done
echo x >go
wait $pid
status=$?
checks=$((checks + 1))
[ $status = 1 ] || fault "exit status $status, not 1, on a disk that fills: $(cat err.txt)"
grep -qiE 'no space|disk' err.txt || fault "the full disk is not named: $(cat err.txt)"
[ "$(cat small/out.pmtiles)" = precious ] || fault "the old output was touched"
rm -f small/hog
[ -z "$(ls -A small | grep partial)" ] || fault "partial files were left: $(ls -A small)"
finish
