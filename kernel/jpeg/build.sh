#!/bin/sh
# Build kernel/jpeg/means.c -> one WebAssembly module. Usage: kernel/jpeg/build.sh [OUTPUT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../src/staydown/decode/jpeg_means.wasm}
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$here"
"${CLANG:-clang}" --target=wasm32 -std=c11 -O3 -fwrapv -flto -ffreestanding -nostdlib \
  -mbulk-memory -msign-ext -Wall -Wextra -Werror \
  -Wl,--no-entry,--lto-O3,--strip-all,--export=jm_room,--export=jm_decode \
  -Wl,--initial-memory=1048576,--max-memory=134217728,-z,stack-size=65536 \
  -o "$out" means.c
