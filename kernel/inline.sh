#!/bin/sh
# Write kernel.wasm into a JavaScript module, for pages that may fetch nothing. Usage: kernel/inline.sh [OUTPUT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../js/src/kernel_code.js}
{
  cat <<'HEAD'
/**
 * The bytes of kernel.wasm, because the page that makes fingerprints may fetch nothing.
 * Written by kernel/inline.sh (`make kernel`); a test compares it with the module that Python runs.
 * @module
 */

const CODE =
HEAD
  printf "  '%s';\n" "$(base64 -w 0 <"$here/../src/staydown/fingerprinting/kernel.wasm")"
  cat <<'TAIL'

/** @returns {Uint8Array<ArrayBuffer>} a fresh copy of the bytes of kernel.wasm */
export function kernelCode() {
  const text = atob(CODE);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}
TAIL
} >"$out"
