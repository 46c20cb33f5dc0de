#!/bin/sh
# Build kernel/jpeg/luma.c -> one WebAssembly module. Usage: kernel/jpeg/build.sh [OUTPUT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../src/staydown/decode/jpeg_luma.wasm}
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$here"
"${CLANG:-clang}" --target=wasm32 -std=c11 -O3 -fwrapv -flto -ffreestanding -nostdlib \
  -mbulk-memory -msign-ext -Wall -Wextra -Werror \
  -Wl,--no-entry,--lto-O3,--strip-all,--export=jl_room,--export=jl_decode \
  -Wl,--initial-memory=1048576,--max-memory=536870912,-z,stack-size=65536 \
  -o "$out" luma.c
