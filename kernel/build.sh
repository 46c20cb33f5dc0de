#!/bin/sh
# Build the kernel: kernel/src/*.c -> one WebAssembly module. Usage: kernel/build.sh [OUTPUT]
# The committed module is made by clang 14 of Debian 12. Other compilers give other code, the same results.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../src/staydown/fingerprinting/kernel.wasm}
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$here/src"
"${CLANG:-clang}" --target=wasm32 -std=c11 -O3 -flto -ffreestanding -nostdlib \
  -msimd128 -mbulk-memory -msign-ext -mnontrapping-fptoint -ffp-contract=off \
  -Wall -Wextra -Werror \
  -Wl,--no-entry,--lto-O3,--strip-all,--initial-memory=1048576,--max-memory=134217728,-z,stack-size=131072 \
  -o "$out" choose.c describe.c exports.c extrema.c functions.c grid.c memory.c pdq.c projection.c \
  pyramid.c reduced.c working.c
chmod 644 "$out"
