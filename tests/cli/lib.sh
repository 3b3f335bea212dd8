# tests/cli/lib.sh: what the command-line tests share. A test sources it, calls `expect` and the like, and ends with `finish`.
#   lib.sh wants: IMBREX (folder of the programs), SOURCE (root of the sources), DATA (real rasters, may be absent)
set -u
imbrex=$IMBREX/imbrex
work=$(mktemp -d "${TMPDIR:-/tmp}/imbrex-cli-XXXXXX")
scenes=$work/scenes
checks=0 faults=0
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

skip() { echo "skipped: $*"; exit 77; }
fault() { echo "FAULT: $*" >&2; faults=$((faults + 1)); }

# real_only: for `NAME.sh real`: skips where there are no real rasters
real_only() { [ -d "$DATA/scenes" ] || skip "no real rasters in $DATA"; }

make_scenes() {
    /usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
    /usr/bin/python3 "$SOURCE/testdata/make_scenes.py" "$scenes" || exit 1
}

# expect STATUS PATTERN COMMAND...: exit status, and a line of standard output or error that matches the extended regex
# ('' for none wanted). A sanitizer report is a fault whatever the status.
expect() {
    local status=$1 pattern=$2 got
    shift 2
    checks=$((checks + 1))
    timeout 120 "$@" >out.txt 2>err.txt
    got=$?
    [ "$got" = "$status" ] || fault "exit status $got, not $status: $* ($(head -c 300 err.txt))"
    [ -z "$pattern" ] || cat out.txt err.txt | grep -qE -- "$pattern" || fault "no line like '$pattern': $* ($(head -c 300 err.txt))"
    ! grep -qE 'Sanitizer|runtime error' err.txt || fault "a sanitizer spoke: $* ($(head -c 600 err.txt))"
}

# one_line: what the last `expect` printed on standard error is exactly one line
one_line() { [ "$(wc -l <err.txt)" = 1 ] || fault "not one line on standard error: $(cat err.txt)"; }

finish() {
    echo "$checks checks, $faults faults"
    [ "$checks" -gt 0 ] && [ "$faults" = 0 ] && exit 0
    exit 1
}
