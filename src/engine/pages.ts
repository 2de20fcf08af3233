/**
 * Memory that the C library keeps for the next buffers: fresh pages cost several times the copy that fills them.
 *
 * glibc gives memory back to the system in two ways. Buffers above a threshold are pages of their own and go back when they
 * are freed; the threshold is raised to the largest one that was (mallopt(3), M_MMAP_THRESHOLD), so it is shown one. And the
 * free end of its heap goes back when it is more than twice that, 64 MiB. A collector that lets more than this pile up
 * before it frees all of it, as that of Node 22 and later does, has every page of it go and come back. Below a buffer that
 * is held there is no end. Elsewhere nothing happens.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** An array buffer that may be freed at once (Node 22), else when it is collected. */
type Freeable = ArrayBufferLike & { readonly transfer?: (bytes: number) => unknown }

/** The largest buffer that glibc learns from. */
export const LESSON = 2 ** 25 - 65_536

/** Bytes that were made when more than the lesson is worth its milliseconds. */
const MANY = 2 ** 26

/** Bytes that are kept, in pieces of so many: the last of them is the one that is held, so it takes more than it needs. */
const KEPT = 2 ** 28
const PIECE = 2 ** 22

// -------------------------------------------------------------------------------------------------------------- running

/** Whether buffers can be freed at once. */
export const canFree = (): boolean => 'transfer' in ArrayBuffer.prototype

const free = (x: Freeable): void => {
  x.transfer?.(0)
}

/** Has large buffers come from the heap, and go back to it. Nobody touches the one that is shown, so it takes no memory. */
export const keepPages = (): void => {
  free(new ArrayBuffer(LESSON))
}

/**
 * Counts buffers, and when many were made, has up to 256 MiB of the heap stay: pieces from `make` that fill what is free of it
 * and lengthen it are freed again below the last one. Nobody touches those either.
 */
export const pageKeeper = (make: (bytes: number) => ArrayBufferLike): ((bytes: number) => void) => {
  let made = 0
  let held: readonly ArrayBufferLike[] | null = null
  return (bytes) => {
    made += bytes
    if (made < MANY || held !== null) return
    const pieces: ArrayBufferLike[] = []
    try {
      for (let n = 0; n < KEPT; n += PIECE) pieces.push(make(PIECE))
    } catch {
      // where so much is not to be had it is not to be kept
    }
    held = pieces.splice(-1)
    for (const p of pieces) free(p)
  }
}
