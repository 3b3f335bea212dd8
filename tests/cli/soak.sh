#!/bin/bash
# What takes longer than CI allows (./dev soak [MINUTES]): the same job killed at random moments and run again, with random options
# that must not matter; the archive is always the old one or the new one, nothing is left behind, and the bytes are the same.
# tests/cli/signals.sh and same_bytes.sh are the reduced versions.
. "$(dirname "$0")/lib.sh"
make_scenes
minutes=${MINUTES:-10}
until=$((SECONDS + 60 * minutes))
inputs=("$scenes/left.tif" "$scenes/right.tif" "$scenes/alpha.tif" "$scenes/wide.tif")
levels=(scalar avx2)
held() { if [ -f out.pmtiles ]; then sha256sum <out.pmtiles; else echo none; fi; }
runs=0 killed=0 sum=

while [ $SECONDS -lt $until ]; do
    options=(-j $((1 + RANDOM % 8)) --memory $((128 + RANDOM % 400))M --cpu-mask "${levels[RANDOM % 2]}")
    before=$(held)
    "$imbrex" tile --quiet --overwrite -f auto "${options[@]}" "${inputs[@]}" out.pmtiles 2>err.txt &
    pid=$!
    if [ $((RANDOM % 2)) = 0 ]; then
        sleep "$(printf '0.%03d' $((RANDOM % 700)))"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        killed=$((killed + 1))
        after=$(held)
        [ "$after" = "$before" ] || [ "$after" = "${sum:-$after}" ] || fault "killed: neither the old nor the new archive (${options[*]})"
        continue
    fi
    wait $pid || fault "exit status $? with ${options[*]}: $(cat err.txt)"
    runs=$((runs + 1)) checks=$((checks + 1))
    after=$(held)
    sum=${sum:-$after}
    [ "$after" = "$sum" ] || fault "other bytes with ${options[*]}"
    [ -z "$(ls -A . | grep partial)" ] || fault "left behind after ${options[*]}: $(ls -A .)"
done
expect 0 'sound' "$imbrex" verify out.pmtiles
echo "$runs whole runs, $killed killed"
finish
