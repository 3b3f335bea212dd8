#!/bin/bash
# arm.sh SOURCE BUILD CTEST: builds the kernels and their tests for aarch64 in BUILD and runs them there.
set -eu
source=$1 build=$2 ctest=$3
for program in aarch64-linux-gnu-gcc qemu-aarch64 cmake ninja; do
    command -v "$program" >/dev/null || { echo "no $program: ./dev test --all installs it"; exit 77; }
done
cd "$source"
cmake --preset arm -B "$build" >"$build.log" 2>&1 || { tail -n 30 "$build.log" >&2; exit 1; }
cmake --build "$build" -j 2 -- --quiet
"$ctest" --test-dir "$build" -j 2 --output-on-failure
