#!/bin/bash
# instructions.sh [BUILD]: how many instructions an ARM executes for each kernel, by its reference and by its variant
# (docs/performance.md). qemu counts them, so it takes neither an ARM nor a quiet machine; about two minutes.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
build=${1:-build/arm}
cmake --preset arm -B "$build" >/dev/null
cmake --build "$build" --target kernel_instructions -- --quiet
cc -O2 -shared -fPIC -o "$build/count_plugin.so" tests/arm/count_plugin.c
COUNT=$build/count qemu-aarch64 -L /usr/aarch64-linux-gnu -plugin "$build/count_plugin.so,count=$build/count" \
    "$build/bin/kernel_instructions"
