/** Bytes written one after another: integers of variable length (LEB128), floats, names, sections. */

// ---------------------------------------------------------------------------------------------------------------- model

/** A growing sequence of bytes. */
export interface Bytes {
  readonly length: () => number
  readonly byte: (value: number) => void
  /** An unsigned integer below 2³². */
  readonly unsigned: (value: number) => void
  /** A signed integer of 32 bits. */
  readonly signed: (value: number) => void
  /** A signed integer of 64 bits. */
  readonly signed64: (value: bigint) => void
  readonly f32: (value: number) => void
  readonly f64: (value: number) => void
  readonly append: (bytes: ArrayLike<number>) => void
  /** An opcode as `opcode.ts` writes them. */
  readonly opcode: (code: number) => void
  readonly done: () => Uint8Array<ArrayBuffer>
}

// --------------------------------------------------------------------------------------------------------- constructors

/** An empty sequence. */
export const bytes = (): Bytes => {
  let buffer = new Uint8Array(1024)
  let view = new DataView(buffer.buffer)
  let at = 0

  const grow = (n: number): void => {
    const larger = new Uint8Array(Math.max(2 * buffer.length, at + n))
    larger.set(buffer)
    buffer = larger
    view = new DataView(buffer.buffer)
  }
  // one comparison in place of a call: most of what is written is single bytes
  const byte = (value: number): void => {
    if (at === buffer.length) grow(1)
    buffer[at++] = value
  }
  const room = (n: number): void => {
    if (at + n > buffer.length) grow(n)
  }
  const unsigned = (value: number): void => {
    room(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at++] = rest
  }
  const signed = (value: number): void => {
    room(5)
    let rest = value | 0
    while (rest < -0x40 || rest >= 0x40) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>= 7
    }
    buffer[at++] = rest & 0x7f
  }
  return {
    length: () => at,
    byte,
    unsigned,
    signed,
    signed64: (value) => {
      let rest = BigInt.asIntN(64, value)
      while (rest < -0x40n || rest >= 0x40n) {
        byte(Number(rest & 0x7fn) | 0x80)
        rest >>= 7n
      }
      byte(Number(rest & 0x7fn))
    },
    f32: (value) => {
      room(4)
      view.setFloat32(at, value, true)
      at += 4
    },
    f64: (value) => {
      room(8)
      view.setFloat64(at, value, true)
      at += 8
    },
    append: (more) => {
      room(more.length)
      buffer.set(more, at)
      at += more.length
    },
    opcode: (code) => {
      if (code < 0x100) byte(code)
      else {
        byte(code >>> 16)
        unsigned(code & 0xffff)
      }
    },
    done: () => buffer.slice(0, at),
  }
}
