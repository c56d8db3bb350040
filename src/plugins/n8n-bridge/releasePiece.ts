/**
 * Frees the memory of a piece that has been read: at once, and not when garbage is collected. What does not end with its
 * buffer shares it with what comes next, and Node's pool is everybody's: https://nodejs.org/api/buffer.html#bufferpoolsize
 */
export function releasePiece({ buffer, byteOffset, byteLength }: Buffer<ArrayBuffer>): void {
  const isLast = byteOffset + byteLength === buffer.byteLength;
  if (isLast && (byteOffset === 0 || buffer.byteLength !== Buffer.poolSize)) buffer.transfer(0);
}
