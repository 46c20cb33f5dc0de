#!/bin/sh
# Build the kernel natively and run it under UBSan with ASan, and under valgrind where it is installed.
# Both must give the lines that the plain build gives.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
build() {
  name=$1
  shift
  "${CLANG:-clang}" -std=c11 -Wall -Wextra -Werror -msse2 -ffp-contract=off -fno-math-errno "$@" \
    -o "$work/$name" native.c src/*.c -lm
}
build plain -O2
"$work/plain" >"$work/plain.txt"
build sanitized -O1 -g -fsanitize=undefined,address -fno-sanitize-recover=all
"$work/sanitized" >"$work/sanitized.txt"
cmp "$work/plain.txt" "$work/sanitized.txt"
echo "sanitizers: clean"
if command -v valgrind >/dev/null; then
  build debug -O1 -gdwarf-4
  valgrind --quiet --error-exitcode=3 --leak-check=full "$work/debug" >"$work/valgrind.txt"
  cmp "$work/plain.txt" "$work/valgrind.txt"
  echo "valgrind: clean"
fi
[ $# -eq 0 ] || cp "$work/plain.txt" "$1"
