#!/bin/bash
# Ctrl-C stops cleanly: exit status 4, a word on what happened, the old output untouched, nothing left behind.
. "$(dirname "$0")/lib.sh"
make_scenes
for signal in INT TERM; do
    echo precious >out.pmtiles
    setsid "$imbrex" tile --overwrite -f webp -z 0-17 -j1 "$scenes/wide.tif" out.pmtiles >out.txt 2>err.txt &
    pid=$!
    for _ in $(seq 6000); do ls -A . | grep -q partial && break; sleep 0.01; done
    sleep 0.2
    # a background job of a script ignores SIGINT unless it asks for it: imbrex does
    kill -"$signal" "$pid"
    wait "$pid"
    status=$?
    checks=$((checks + 1))
    [ "$status" = 4 ] || fault "SIG$signal: exit status $status, not 4 ($(cat err.txt))"
    grep -q 'interrupted' err.txt || fault "SIG$signal: not said: $(cat err.txt)"
    [ "$(cat out.pmtiles)" = precious ] || fault "SIG$signal: the old output was touched"
    ! ls -A . | grep -q partial || fault "SIG$signal: left behind: $(ls -A .)"
done
# kill -9: the old output stays, and the next run cleans up and succeeds
"$imbrex" tile --overwrite -f webp -z 0-17 -j1 "$scenes/wide.tif" out.pmtiles >out.txt 2>err.txt &
pid=$!
for _ in $(seq 6000); do ls -A . | grep -q partial && break; sleep 0.01; done
kill -9 "$pid"
wait "$pid" 2>/dev/null
[ "$(cat out.pmtiles)" = precious ] || fault "kill -9: the old output was touched"
expect 0 '' "$imbrex" tile --quiet --overwrite "$scenes/left.tif" out.pmtiles
! ls -A . | grep -q partial || fault "after kill -9: left behind: $(ls -A .)"
finish
